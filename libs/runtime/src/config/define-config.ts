interface VariableBase {
  /** What the variable is for, as one or two sentences; printed in `docs/reference/configuration.md`. */
  readonly doc: string;
  /** The start is refused when the variable is missing. */
  readonly required?: boolean;
  /** The start is refused when the variable is missing while each named variable has the given value. */
  readonly requiredWhen?: Readonly<Record<string, string>>;
  /** The value is never shown, and may also be given as the path of a file in `<NAME>_FILE`. */
  readonly secret?: boolean;
}

/** Milliseconds, written with a unit: `250ms`, `10s`, `5m`, `2h`, `1d`. */
export type DurationText = `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

export type ConfigVariable = VariableBase &
  (
    | { readonly type: 'string'; readonly default?: string; readonly pattern?: RegExp; readonly expects?: string }
    | { readonly type: 'url'; readonly default?: string; readonly protocols?: readonly string[] }
    | { readonly type: 'port'; readonly default?: number }
    | { readonly type: 'integer'; readonly default?: number; readonly min?: number; readonly max?: number }
    | {
        readonly type: 'duration';
        readonly default?: DurationText;
        readonly min?: DurationText;
        readonly max?: DurationText;
      }
    | { readonly type: 'boolean'; readonly default?: boolean }
    | { readonly type: 'enum'; readonly values: readonly string[]; readonly default?: string }
    | { readonly type: 'list'; readonly default?: readonly string[] }
    | { readonly type: 'path'; readonly default?: string }
  );

/** The environment variables of one service, by name. */
export type ConfigSpec = Readonly<Record<string, ConfigVariable>>;

type ParsedValue<V extends ConfigVariable> = V extends { type: 'enum'; values: readonly (infer T)[] }
  ? T
  : V extends { type: 'port' | 'integer' | 'duration' }
    ? number
    : V extends { type: 'boolean' }
      ? boolean
      : V extends { type: 'list' }
        ? readonly string[]
        : string;

type IsPresent<V extends ConfigVariable> = V extends { required: true }
  ? true
  : V extends { default: string | number | boolean | readonly string[] }
    ? true
    : false;

/** What `loadConfig` returns for a spec: durations in milliseconds, paths absolute, lists split. */
export type ConfigOf<S extends ConfigSpec> = {
  readonly [K in keyof S]: IsPresent<S[K]> extends true ? ParsedValue<S[K]> : ParsedValue<S[K]> | undefined;
};

const known = new WeakSet<object>();

/** Declares the environment variables of a service in one table, which types, loads and documents them. */
export function defineConfig<const S extends ConfigSpec>(spec: S): S {
  known.add(spec);
  return spec;
}

/** Tells whether `value` came from `defineConfig`. */
export function isConfigSpec(value: unknown): value is ConfigSpec {
  return typeof value === 'object' && value !== null && known.has(value);
}
