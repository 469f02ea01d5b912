/** What keeps a text from being a pattern that output is searched for. */
export type PatternFault =
  | { readonly kind: 'invalid'; readonly reason: string }
  /** It could take longer than anybody waits for on output that somebody has made for it. */
  | { readonly kind: 'dangerous'; readonly reason: string };

/** Parts of a pattern whose length is open: each multiplies the ways in which a text can be tried. */
const OPEN_PARTS = 10;
const LARGEST_COUNT = 1_000;

/**
 * The pattern that the output of a probe is searched for: a regular expression of ECMAScript in Unicode mode, `^` and `$`
 * match at each line. Throws a SyntaxError when the text is none.
 */
export function outputPattern(text: string): RegExp {
  return new RegExp(text, 'mu');
}

/**
 * What is wrong with a pattern, undefined when nothing is. Refuses whatever may backtrack without end: repeated groups that
 * repeat or choose themselves, references back, and conditions that look around. Harmless patterns of these forms are
 * refused as well; they can be written out. Linear in the pattern.
 */
export function faultOfPattern(text: string): PatternFault | undefined {
  try {
    outputPattern(text);
  } catch (error) {
    return { kind: 'invalid', reason: error instanceof SyntaxError ? error.message : String(error) };
  }
  const reason = new PatternReader(text).danger();
  return reason === undefined ? undefined : { kind: 'dangerous', reason };
}

/** Reads a pattern that is known to be well-formed. */
class PatternReader {
  private at = 0;
  private openParts = 0;
  /** For each open group, whether something in it repeats or chooses. */
  private readonly groups: boolean[] = [false];

  constructor(private readonly text: string) {}

  danger(): string | undefined {
    /** Whether what was read last is a group in which something repeats or chooses. */
    let lastIsOpen = false;
    while (this.at < this.text.length) {
      const char = this.text[this.at] as string;
      const counts = this.quantifier();
      if (counts !== undefined) {
        const danger = this.repeat(counts, lastIsOpen);
        if (danger !== undefined) return danger;
        continue;
      }
      lastIsOpen = false;
      if (char === '\\') {
        if (/^\\[1-9k]/.test(this.rest(2))) return 'it refers back to what it has found';
        this.at += (/^\\[pPu]\{[^}]*\}/.exec(this.rest(64))?.[0] ?? '\\x').length;
      } else if (char === '[') {
        this.skipClass();
      } else if (char === '(') {
        if (/^\(\?(?!:|<[^=!])/.test(this.rest(4))) return 'it looks ahead or behind';
        this.at += this.text.startsWith('(?:', this.at) ? 3 : 1;
        if (this.text[this.at] === '?') this.at = this.text.indexOf('>', this.at) + 1;
        this.groups.push(false);
      } else if (char === ')') {
        lastIsOpen = this.groups.pop() === true;
        if (lastIsOpen) this.mark();
        this.at++;
      } else {
        if (char === '|') this.mark();
        this.at++;
      }
    }
    return this.openParts > OPEN_PARTS ? `more than ${OPEN_PARTS} of its parts have an open length` : undefined;
  }

  private repeat({ least, most }: Counts, ofOpenGroup: boolean): string | undefined {
    if (most > 1 && ofOpenGroup) return 'it repeats a group in which something repeats or chooses';
    if (least > LARGEST_COUNT || (most > LARGEST_COUNT && most !== Infinity)) {
      return `it repeats a part more than ${LARGEST_COUNT} times`;
    }
    if (least !== most) this.openParts++;
    this.mark();
    return undefined;
  }

  private quantifier(): Counts | undefined {
    const found = /^(?:[*+?]|\{(\d+)(,?)(\d*)\})\??/.exec(this.rest(64));
    if (found === null) return undefined;
    const [whole, first, comma, second] = found;
    this.at += whole.length;
    if (whole[0] === '?') return { least: 0, most: 1 };
    if (first === undefined) return { least: whole[0] === '+' ? 1 : 0, most: Infinity };
    const least = Number(first);
    if (comma === '') return { least, most: least };
    return { least, most: second === '' ? Infinity : Number(second) };
  }

  private skipClass(): void {
    this.at++;
    while (this.at < this.text.length && this.text[this.at] !== ']') this.at += this.text[this.at] === '\\' ? 2 : 1;
    this.at++;
  }

  private mark(): void {
    this.groups[this.groups.length - 1] = true;
  }

  private rest(length: number): string {
    return this.text.slice(this.at, this.at + length);
  }
}

interface Counts {
  readonly least: number;
  readonly most: number;
}
