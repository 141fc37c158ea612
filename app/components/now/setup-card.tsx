const VARIABLES = [
  [
    'AGENT_SDK_URL',
    'http://agent.internal:8080',
    'Where the Agent service listens; we post to its /webhooks/chatwoot.',
  ],
  ['CHATWOOT_BASE_URL', 'https://chat.example.com', 'Where your Chatwoot is.'],
  ['CHATWOOT_ACCOUNT_ID', '2', 'The number after /app/accounts/ in Chatwoot’s address.'],
  ['CHATWOOT_API_TOKEN', '…', 'Access token of an administrator, from Chatwoot’s profile settings.'],
] as const;

/** The first start: the connection is not configured. Exact steps, in order. */
export function SetupCard() {
  return (
    <section className="oc-card oc-setup" id="setup" aria-labelledby="setup-title">
      <div className="oc-card-head">
        <h2 id="setup-title">Connect Chatwoot and the Agent service</h2>
      </div>
      <p className="oc-hint">
        Four settings and one command. Until then nothing arrives here and nothing is forwarded.
      </p>
      <ol className="oc-steps">
        <li>
          <p>
            Put these four into the file <code>.env</code> beside <code>package.json</code>, or into the
            environment. All four or none.
          </p>
          <dl className="oc-variables">
            {VARIABLES.map(([name, example, what]) => (
              <div key={name}>
                <dt>
                  <code>
                    {name}={example}
                  </code>
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </li>
        <li>
          <p>
            Add <code>APP_URL=https://support-ops.example.com</code>: the address at which Chatwoot reaches
            this app. Since 4.14 Chatwoot refuses addresses that are not public, unless told otherwise.
          </p>
        </li>
        <li>
          <p>
            Run <code>npm run ops:connect-chatwoot</code>. It registers the webhook in Chatwoot, stores the
            secret that Chatwoot returns, and checks that both fit.
          </p>
        </li>
        <li>
          <p>
            Restart the app. This card goes away, and the first customer’s message shows up within a second.
          </p>
        </li>
      </ol>
      <p className="oc-hint">
        Only looking around? <code>npm run demo</code> starts it with a simulated Chatwoot and Agent service.
      </p>
    </section>
  );
}
