interface ConversationLinkProps {
  conversationId: number;
  /** Where it is in Chatwoot; null when that is not connected. */
  url: string | null;
}

/** "Conversation 12", which leads to it in Chatwoot. */
export function ConversationLink({ conversationId, url }: ConversationLinkProps) {
  const title = `Conversation ${conversationId}`;
  if (url === null) return title;
  return (
    <a href={url} target="_blank" rel="noreferrer">
      {title}
    </a>
  );
}
