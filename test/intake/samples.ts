/** Payloads in Chatwoot's shapes, cut down to what the intake reads. */
export const contact = { id: 208, name: 'Mara Lind', email: 'mara@example.com' };
export const agent = { id: 9, name: 'Ilya Brandt', email: 'ilya@northwind.example', type: 'user' };
export const account = { id: 2, name: 'Northwind Tools' };

export const conversation = {
  id: 417,
  inbox_id: 5,
  status: 'open',
  messages: [],
  labels: [],
  contact_inbox: { id: 311, contact_id: 208 },
  meta: { sender: { ...contact, type: 'contact' }, assignee: null },
  updated_at: 1790064905.21873,
  account,
};

export function messageCreated(id: number, over: Record<string, unknown> = {}) {
  return {
    account,
    content: `message ${id}`,
    conversation,
    id,
    message_type: 'incoming',
    private: false,
    sender: contact,
    event: 'message_created',
    ...over,
  };
}

export function conversationUpdated(over: Record<string, unknown> = {}) {
  return {
    ...conversation,
    event: 'conversation_updated',
    changed_attributes: [{ assignee_id: { previous_value: null, current_value: 9 } }],
    ...over,
  };
}
