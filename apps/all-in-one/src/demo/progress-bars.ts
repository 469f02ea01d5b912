/** How far the steps of one kind are. */
export interface KindProgress {
  readonly kind: string;
  readonly done: number;
  readonly total: number;
}

const WIDTH = 28;

/** One line per kind of step: name, bar, count. */
export function drawBars(kinds: readonly KindProgress[]): string[] {
  const nameWidth = Math.max(...kinds.map(({ kind }) => kind.length), 0);
  return kinds.map(({ kind, done, total }) => {
    const filled = total === 0 ? WIDTH : Math.round((done / total) * WIDTH);
    return `  ${kind.padEnd(nameWidth)}  ${'█'.repeat(filled)}${'░'.repeat(WIDTH - filled)}  ${done}/${total}`;
  });
}

/**
 * Draws bars over the ones drawn before. Where the output is no terminal, only what has been completed since is printed,
 * so that a log stays readable.
 */
export class LiveBars {
  private drawn = 0;
  private last = '';

  constructor(private readonly out: NodeJS.WriteStream) {}

  draw(kinds: readonly KindProgress[]): void {
    const lines = drawBars(kinds);
    const text = lines.join('\n');
    if (text === this.last) return;
    this.last = text;
    if (!this.out.isTTY) return;
    this.out.write(
      `${this.drawn > 0 ? `\u001b[${this.drawn}A` : ''}${lines.map((line) => `\u001b[2K${line}\n`).join('')}`,
    );
    this.drawn = lines.length;
  }

  /** Leaves the last picture in place. */
  end(): void {
    if (!this.out.isTTY && this.last !== '') this.out.write(`${this.last}\n`);
    this.drawn = 0;
    this.last = '';
  }
}
