import { fieldOf, type JsonRecord } from '../json.ts';

/**
 * Chatwoot's own rule (`Message#human_response?`): a campaign's and an automation's messages may bear a user's name and are
 * nobody's; what a person typed in the WhatsApp, Instagram, Facebook or TikTok app bears none and is a person's. Of a user
 * who was deleted only the type is left.
 */
export function isOfPerson(json: JsonRecord): boolean {
  if (isGiven(fieldOf(json.additional_attributes, 'campaign_id'))) return false;
  if (isGiven(fieldOf(json.content_attributes, 'automation_rule_id'))) return false;
  if (isGiven(fieldOf(json.content_attributes, 'external_echo'))) return true;
  return fieldOf(json.sender, 'type') === 'user' || json.sender_type === 'User';
}

/** What Rails calls present. */
export const isGiven = (value: unknown) =>
  typeof value === 'string' ? value.trim() !== '' : Boolean(value) || value === 0;
