/** A code of the catalogue: what was wrong, and what to do about it. */
export interface CatalogueEntry {
  readonly title: string;
  readonly hint: string;
}
