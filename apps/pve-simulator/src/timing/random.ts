import { createHash } from 'node:crypto';

/** A small seeded generator (mulberry32): the same seed gives the same ids, addresses and faults. */
export class Random {
  constructor(private state: number) {}

  static fromSeed(seed: string): Random {
    return new Random(createHash('sha256').update(seed).digest().readUInt32LE(0));
  }

  get position(): number {
    return this.state;
  }

  set position(value: number) {
    this.state = value >>> 0;
  }

  /** From 0 (included) to 1 (excluded). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let mixed = this.state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.below(16).toString(16);
    return text;
  }

  uuid(): string {
    return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-${'89ab'[this.below(4)]}${this.hex(3)}-${this.hex(12)}`;
  }

  /** A MAC with the default prefix of Proxmox VE. */
  mac(): string {
    return `BC:24:11:${[0, 0, 0].map(() => this.hex(2).toUpperCase()).join(':')}`;
  }
}
