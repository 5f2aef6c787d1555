// Shows one flag for one person, and shows it again when it changes.
import { follow } from './flags.mjs';

const shown = document.getElementById('checkout');
const { url, key, flag } = await (await fetch('/settings.json')).json();
const user = new URLSearchParams(location.search).get('user') ?? 'ann';
try {
  await follow(url, key, { targetingKey: user }, (flags) => {
    const { value, reason } = flags.getBooleanDetails(flag, false);
    shown.textContent = `${user} sees the ${value ? 'new' : 'old'} checkout (${reason})`;
  });
} catch (error) {
  shown.textContent = `the old checkout, since Tidegate cannot be asked: ${error.message}`;
}
