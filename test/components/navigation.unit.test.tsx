// @vitest-environment jsdom
import '../support/dom.ts';
import { fireEvent, screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { PageHeader } from '../../app/components/layout/page.tsx';
import { documentOf, renderPage } from '../support/render-page.tsx';

const links = () =>
  within(screen.getByRole('navigation', { name: 'Pages' }))
    .getAllByRole('link')
    .map((link) => link.textContent);

test('an admin is led everywhere, others not to what their role does not show', () => {
  const { unmount } = renderPage(<PageHeader />, { role: 'admin' });
  expect(links()).toEqual([
    'Overview',
    'Incidents',
    'Customers waiting',
    'Fallback',
    'Recovery',
    'Tickets',
    'Health',
    'Alert rules',
    'Contacts',
    'Drill',
    'People',
    'Audit log',
  ]);
  unmount();
  renderPage(<PageHeader />, { role: 'viewer' });
  expect(links()).not.toContain('People');
  expect(links()).not.toContain('Audit log');
});

test.each([
  ['/', 'Overview'],
  ['/incidents', 'Incidents'],
  ['/incidents/7?tab=guide', 'Incidents'],
])('at %s the current place is %s, and no other', (url, place) => {
  renderPage(<PageHeader />, { url });
  const current = screen.getAllByRole('link').filter((link) => link.getAttribute('aria-current'));
  expect(current.map((link) => link.textContent)).toEqual([place]);
});

test('without JavaScript it is a menu of plain links that the browser opens', () => {
  const menu = documentOf(<PageHeader />).querySelector('details')!;
  expect(menu.open).toBe(false);
  expect(menu.querySelector('summary')!.textContent).toBe('Menu');
  expect([...menu.querySelectorAll('a')].map((a) => a.getAttribute('href'))).toContain('/incidents');
});

test('Escape closes the menu and gives back the focus; a tap beside it closes it too', () => {
  renderPage(<PageHeader />);
  const menu = document.querySelector('details')!;
  menu.open = true;
  const link = within(menu).getByRole('link', { name: 'Tickets' });
  link.focus();
  fireEvent.pointerDown(link);
  expect(menu.open).toBe(true);
  fireEvent.keyDown(link, { key: 'Escape' });
  expect(menu.open).toBe(false);
  expect(document.activeElement?.textContent).toBe('Menu');
  menu.open = true;
  fireEvent.pointerDown(document.body);
  expect(menu.open).toBe(false);
});
