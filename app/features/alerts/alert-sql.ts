/** A statement that hands the alerts of incident $1 to incident $2, in the transaction that merges them. */
export const MOVE_ALERTS = 'UPDATE alerts SET incident_id = $2 WHERE incident_id = $1';
