/** A time in which an incident lasted. */
export interface IncidentBand {
  id: number;
  title: string;
  from: string;
  /** null: it lasts. */
  to: string | null;
}
