/** What `sage record` was asked for, as commander hands it over. */
export interface RecordOptions {
  readonly out?: string;
  readonly topics: readonly string[];
  readonly exclude: readonly string[];
  readonly all?: boolean;
  readonly seconds?: number;
  readonly zstd?: boolean;
  readonly maxFileMb?: number;
  readonly maxTotalMb?: number;
  /** Seconds that are kept in memory; with it, only moments are written. */
  readonly blackBox?: number;
  readonly after?: number;
  readonly memoryMb?: number;
  readonly boxes?: number;
  readonly config: readonly string[];
  readonly json?: boolean;
}
