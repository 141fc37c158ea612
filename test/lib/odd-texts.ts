/** As people write them; whatever shows or sends them leaves them so. */
export const WRITTEN = {
  'a family of emoji': '👩‍👩‍👧‍👦 Familie Öztürk',
  'a skin tone and a joiner': '👩🏽‍🚀',
  'Persian with a non-joiner': 'می‌خواهم علی',
  'a flag of two letters': '🇩🇪 Jörg',
  'a flag spelled with tags': '🏴󠁧󠁢󠁳󠁣󠁴󠁿 Ailsa',
  'a Devanagari conjunct': 'क्‍ष त्रिपाठी',
  'from right to left': 'שרה כהן',
  'a heart with its variant': '❤️‍🔥',
};

/** What acts or does not show, and how it is spelled. */
export const SPELLED: Record<string, [given: string, shown: string]> = {
  'a right-to-left override': ['invoice\u202egnp.exe', 'invoice\\u202egnp.exe'],
  'an isolate': ['a\u2067b\u2069', 'a\\u2067b\\u2069'],
  'a zero-width space': ['zero\u200bwidth', 'zero\\u200bwidth'],
  'a row of joiners': ['joined\u200d\u200dtwice', 'joined\\u200d\\u200dtwice'],
  'a message in tags': ['Hi\u{e0041}\u{e0042}', 'Hi\\ue0041\\ue0042'],
  'a message in variants': ['x\u{e0101}\u{e0102}', 'x\\ue0101\\ue0102'],
  'a terminal sequence': ['\x1b[31mred', '\\u001b[31mred'],
  'half a character': ['a\ud83d', 'a\\ud83d'],
};
