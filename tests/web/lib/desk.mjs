// desk.mjs: what the tests of the moderators' page share: a circle with something waiting, and a
// moderator in a browser of their own.
import { given, givenServer, key, person, speaker } from './web.mjs';

export const WIDE = { width: 1920, height: 1080 };
export const HARSH = ['רק אידיוט יחשוב ככה', 'You are an idiot and a liar', 'אתה טיפש מוחלט'];

export const circles = [
	{ id: 'forum', title: { he: 'הפורום הפתוח', ar: 'المنتدى المفتوح', en: 'The open forum' }, access: 'public', policy: 'strict' },
	{ id: 'panel', title: { he: 'הפאנל הסגור', ar: 'اللجنة المغلقة', en: 'The closed panel' }, access: 'closed', policy: 'strict' },
];

export async function givenDeskServer(settings = []) {
	return givenServer(['limits=0', 'newcomer_minutes=0', ...settings], given({ circles }));
}

/** Somebody who speaks in the forum. */
export async function citizen(server, name, lang = 'he') {
	const who = await speaker(server, { lang });
	await who.call('charter.accept', { process: 'street', version: 1 });
	await who.call('me.update', { name });
	const id = (await who.opened()).participant.id;
	return {
		...who,
		id,
		say: (text, more = {}) => who.call('post.create', { circle: 'forum', text, key: key(), ...more }),
	};
}

/** A moderator's page, opened by an invitation, at the desk. */
export async function atDesk(server, { name = 'דנה רביב', circle = 'forum', token, ...more } = {}) {
	const page = await person(server, { lang: 'he', ...more });
	await page.goto(`${more.url ?? server.url}/#invite=${token ?? server.invite(circle, 'moderator', name)}`);
	await page.click('#join button[type=submit]');
	await page.waitForSelector('.desk');
	await page.waitForSelector('.desk .queue-list, .desk .empty');
	return page;
}

/** Opens an item and waits until it is there, and in one's hands. */
export async function open(page, text) {
	await row(page, text).locator('.queue-open').click();
	await page.locator('.pane .subject, .pane .appeal-form, .pane .alert-line', { hasText: text }).or(page.locator('.pane .quoted', { hasText: text })).first().waitFor();
}

export function row(page, text) {
	return page.locator('.queue-row', { hasText: text });
}
