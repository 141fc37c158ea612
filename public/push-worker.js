/* Shows what Outage Center pushes, and opens it. It keeps nothing and answers for no page. */

self.addEventListener('install', () => {
  void self.skipWaiting();
});

self.addEventListener('push', (event) => {
  const told = event.data.json();
  const actions = told.acknowledge
    ? [
        { action: 'acknowledge', title: 'Acknowledge' },
        { action: 'open', title: 'Open' },
      ]
    : [];
  event.waitUntil(
    self.registration.showNotification(told.title, {
      body: told.body,
      tag: told.tag,
      renotify: told.calls,
      silent: !told.calls,
      requireInteraction: told.calls,
      icon: '/icon-192.png',
      badge: '/badge.png',
      data: { path: told.path, acknowledge: told.acknowledge },
      actions,
    }),
  );
});

self.addEventListener('notificationclick', (event) => {
  event.notification.close();
  const { path, acknowledge } = event.notification.data;
  const wished = new URL(event.action === 'acknowledge' ? acknowledge : path, self.location.origin);
  const url = wished.origin === self.location.origin ? wished.href : self.location.origin;
  event.waitUntil(
    self.clients.matchAll({ type: 'window' }).then(async (windows) => {
      const open = windows.find((one) => one.url === url);
      return open ? open.focus() : self.clients.openWindow(url);
    }),
  );
});
