import { isUtf8 } from 'node:buffer';
import type { SourceProblem } from './source-document';

/** The text, and what makes it unreadable as a whole. */
export interface TextReading {
  readonly text: string;
  readonly problem?: SourceProblem;
}

/** What may not stand in a text: controls except tab and line ends, halves of surrogate pairs, non-characters. */
const FORBIDDEN = /(?![\t\n\r\u0085])\p{Cc}|\p{Cs}|[\ufffe\uffff]/u;

/** Reads UTF-8, with or without a byte order mark, and says where it is not readable. */
export function readText(source: string | Uint8Array): TextReading {
  const readable = typeof source === 'string' || isUtf8(source);
  const text = withoutMark(typeof source === 'string' ? source : new TextDecoder().decode(source));
  if (!readable) {
    return {
      text,
      problem: problem('document.not_utf8', Math.max(0, text.indexOf('\ufffd')), 'A byte here is not UTF-8.'),
    };
  }
  const forbidden = FORBIDDEN.exec(text);
  if (forbidden) {
    const code = (forbidden[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return {
      text,
      problem: problem('document.control_character', forbidden.index, `U+${code} may not stand in a text.`),
    };
  }
  if (text.trim() === '') return { text, problem: problem('document.empty', 0, 'The document is empty.') };
  return { text };
}

function withoutMark(text: string): string {
  return text.startsWith('\ufeff') ? text.slice(1) : text;
}

function problem(code: SourceProblem['code'], offset: number, message: string): SourceProblem {
  return { code, path: [], offset, message };
}
