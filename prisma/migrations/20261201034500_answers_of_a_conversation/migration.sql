-- Whether somebody answered after a message: the newest answer of its conversation, without reading its other events.
CREATE INDEX deliveries_answers ON deliveries (conversation_key, seq) WHERE signal = 'agent_reply';
