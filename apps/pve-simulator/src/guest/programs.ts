import { nameOf, type Vm } from '../vms/vm';
import { chronyc, date } from './clock-programs';
import { connect, netcat, powershell } from './connecting-programs';
import { OK, type Guest, type ProgramResult } from './program-result';

/** Runs one of the few programs that the simulated guest has; nothing when it has no such program. */
export function runProgram(guest: Guest, command: readonly string[], input: string): ProgramResult | undefined {
  const { vm } = guest;
  const [path = '', ...args] = command;
  const name = path.replace(/^(?:\/usr)?\/s?bin\//, '');
  const custom = vm.guest.programs?.[name] ?? vm.guest.programs?.[path];
  if (custom !== undefined) {
    return { ...OK, stdout: custom.stdout ?? '', stderr: custom.stderr ?? '', exitCode: custom.exitCode ?? 0 };
  }
  switch (name) {
    case 'true':
      return OK;
    case 'false':
      return { ...OK, exitCode: 1 };
    case 'echo':
      return { ...OK, stdout: asLatin1(`${args.join(' ')}\n`) };
    case 'hostname':
      return { ...OK, stdout: `${nameOf(vm)}\n` };
    case 'cat':
      return cat(vm, args, input);
    case 'ls':
      return ls(vm, args);
    case 'rm':
      for (const file of args) Reflect.deleteProperty(vm.files, file);
      return OK;
    case 'touch':
      for (const file of args) vm.files[file] ??= '';
      return OK;
    case 'test':
      return { ...OK, exitCode: args[0] !== '-f' || vm.files[args[1] ?? ''] !== undefined ? 0 : 1 };
    case 'printf':
      return { ...OK, stdout: unescape(asLatin1(args[0] ?? '')) };
    case 'sleep':
      return { ...OK, milliseconds: Number(args[0] ?? 0) * 1000 };
    case 'id':
      return { ...OK, stdout: 'uid=0(root) gid=0(root) groups=0(root)\n' };
    case 'whoami':
      return { ...OK, stdout: vm.config['ostype'] === 'win11' ? 'nt authority\\system\n' : 'root\n' };
    case 'uname':
      return { ...OK, stdout: 'Linux\n' };
    case 'sh':
    case 'bash':
      return args[0] === '-c' ? runScript(guest, args[1] ?? '', input) : OK;
    case 'timeout':
      return runProgram(guest, args.slice(1), input);
    case 'date':
      return date(guest, args);
    case 'chronyc':
    case 'w32tm':
      return chronyc(guest, args);
    case 'nc':
      return netcat(guest, args);
    case 'systemctl':
      return systemctl(vm, args);
    case 'powershell.exe':
    case 'powershell':
      return powershell(guest, args.at(-1) ?? '');
    case 'cmd.exe':
    case 'ip':
      return OK;
    default:
      return undefined;
  }
}

/** The bytes of UTF-8 text, each read as one character: so does the real thing hand on what programs write. */
function asLatin1(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

/** Of a service that is not active the state is printed, with the exit code 3. */
function systemctl({ guest }: Vm, [verb, ...services]: readonly string[]): ProgramResult {
  if (verb !== 'is-active') return OK;
  const states = services.map((service) => guest.services?.[service.replace(/\.service$/, '')] ?? 'active');
  return {
    ...OK,
    stdout: states.map((state) => `${state}\n`).join(''),
    exitCode: states.every((state) => state === 'active') ? 0 : 3,
  };
}

function cat(vm: Vm, files: readonly string[], input: string): ProgramResult {
  if (files.length === 0) return { ...OK, stdout: input };
  let stdout = '';
  let stderr = '';
  for (const file of files) {
    const content = vm.files[file];
    if (content === undefined) stderr += `cat: ${file}: No such file or directory\n`;
    else stdout += content;
  }
  return { ...OK, stdout, stderr, exitCode: stderr === '' ? 0 : 1 };
}

function ls(vm: Vm, args: readonly string[]): ProgramResult {
  const folder = (args.find((arg) => !arg.startsWith('-')) ?? '/root').replace(/\/?$/, '/');
  const inside = Object.keys(vm.files).filter((file) => file.startsWith(folder));
  const names = new Set(inside.map((file) => file.slice(folder.length).split('/')[0] ?? ''));
  return {
    ...OK,
    stdout: [...names]
      .sort()
      .map((name) => `${name}\n`)
      .join(''),
  };
}

/** A shell of `;`, `&&`, `||`, output redirection, `exit`, `kill $$` and the programs above. */
function runScript(guest: Guest, script: string, input: string): ProgramResult {
  let result: ProgramResult = OK;
  let connector = ';';
  for (const part of script.split(/(;|&&|\|\||\n)/)) {
    const text = part.trim();
    if (text === '' || text === '\n') continue;
    if (text === ';' || text === '&&' || text === '||') {
      connector = text;
      continue;
    }
    const skip = (connector === '&&' && result.exitCode !== 0) || (connector === '||' && result.exitCode === 0);
    connector = ';';
    if (skip) continue;
    const exit = /^exit(?:\s+(\d+))?$/.exec(text);
    if (exit !== null) return { ...result, exitCode: Number(exit[1] ?? result.exitCode ?? 0) };
    const kill = /^kill\s+-(\d+)\s+\$\$$/.exec(text);
    if (kill !== null)
      return {
        stdout: result.stdout,
        stderr: result.stderr,
        signal: Number(kill[1]),
        milliseconds: result.milliseconds,
      };
    result = joined(result, runLine(guest, text, input));
  }
  return result;
}

function joined(before: ProgramResult, next: ProgramResult): ProgramResult {
  return {
    ...next,
    stdout: before.stdout + next.stdout,
    stderr: before.stderr + next.stderr,
    milliseconds: before.milliseconds + next.milliseconds,
  };
}

function runLine(guest: Guest, line: string, input: string): ProgramResult {
  const { vm } = guest;
  if (line === ':') return OK;
  const opened = /^exec \d*<>\s*\/dev\/tcp\/([^/\s]+)\/(\d+)$/.exec(line);
  if (opened !== null) return connect(guest, opened[1] ?? '', Number(opened[2]));
  const toError = />&2\s*$/.test(line);
  const redirect = /\s*>>?\s*(\/[^\s'"]+)\s*$/.exec(line);
  const words = wordsOf(line.replace(/\s*(?:>&2|>>?\s*\/[^\s'"]+)\s*$/, ''), vm);
  const result = runProgram(guest, words, input) ?? notFound(words[0] ?? '');
  if (redirect?.[1] !== undefined) {
    const before = line.includes('>>') ? (vm.files[redirect[1]] ?? '') : '';
    vm.files[redirect[1]] = before + result.stdout;
    return { ...result, stdout: '' };
  }
  return toError ? { ...result, stdout: '', stderr: result.stderr + result.stdout } : result;
}

const notFound = (name: string): ProgramResult => ({ ...OK, stderr: `sh: 1: ${name}: not found\n`, exitCode: 127 });

function wordsOf(line: string, vm: Vm): string[] {
  const words = line.match(/'[^']*'|"[^"]*"|\S+/g) ?? [];
  return words.map((word) => {
    if (word.startsWith("'")) return word.slice(1, -1);
    return word.replace(/^"|"$/g, '').replace(/\$\(hostname\)|\$HOSTNAME/g, nameOf(vm));
  });
}

function unescape(text: string): string {
  return text
    .replace(/\\(\d{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)))
    .replace(/\\n/g, '\n')
    .replace(/\\t/g, '\t');
}
