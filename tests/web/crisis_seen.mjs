#!/usr/bin/env node
// A crisis, from all sides: begun with the keyboard alone on a tablet, seen there on every page of the
// desk, read by each in their own language, and ended.
import { atDesk, citizen, givenDeskServer } from './lib/desk.mjs';
import { axeClean, check, join, leave, main, noComplaints, shot, test, tooSmallForFingers, equal } from './lib/web.mjs';

const TABLET = { width: 1024, height: 768 };
const READY = {
	he: 'הדיון התלהט. אנחנו מאטים אותו לזמן מה, כדי שכולם יוכלו להישמע.',
	ar: /احتدّ|احتدم|محتدم|النقاش/,
};
const server = await givenDeskServer(['alert_brake=0']);

test('a crisis is begun by keyboard on a tablet, and seen there wherever one is', async () => {
	const omer = await citizen(server, 'עומר לוי');
	await omer.say('אתה טיפש מוחלט');
	const dana = await atDesk(server, { size: TABLET, hasTouch: true, isMobile: true });
	const salma = await join(server, 'سلمى', { lang: 'ar' });
	await dana.locator('.queue-row').first().waitFor();
	equal(await tooSmallForFingers(dana), [], 'the queue');
	equal(await dana.locator('.crisis-line').count(), 0, 'crises before there is one');
	await dana.keyboard.press('Shift+C');
	await dana.locator('dialog[open] .ladder').waitFor();
	equal(await dana.locator('dialog[open] .field').last().inputValue(), READY.he, 'the ready sentence');
	await dana.keyboard.press('Tab');
	await dana.keyboard.press('Tab');
	await dana.keyboard.press('Control+Enter');
	await dana.locator('.crisis-line', { hasText: 'הפורום הפתוח' }).waitFor();
	for (const key of ['3', '4', '1']) {
		await dana.keyboard.press(key);
		await dana.locator('.crisis-line .left').waitFor();
	}
	await axeClean(dana, 'the desk while a crisis lasts');
	await shot(dana, 'crisis-tablet');

	// What the moderator did not write is not read in the moderator's language.
	const banner = salma.locator('.banner.crisis');
	await banner.waitFor();
	const said = await banner.textContent();
	check(READY.ar.test(said) && !/[\u0590-\u05FF]/.test(said), `the Arabic reader is told: ${said}`);

	await dana.locator('.crisis-line button').focus();
	await dana.keyboard.press('Enter');
	await dana.getByRole('button', { name: 'לסיים את המשבר' }).first().press('Enter');
	await dana.locator('dialog[open] button[type=submit]').press('Enter');
	await banner.waitFor({ state: 'detached' });
	await dana.locator('.crisis-line').waitFor({ state: 'detached' });
	noComplaints(dana);
	noComplaints(salma);
	await leave(dana, salma, omer.page);
});

test('words of a moderator’s own are shown as they are', async () => {
	const dana = await atDesk(server, { size: TABLET });
	const salma = await join(server, 'سلمى', { lang: 'ar' });
	await dana.keyboard.press('Shift+C');
	await dana.locator('dialog[open] .field').last().fill('הפסקה עד ארבע.');
	await dana.keyboard.press('Control+Enter');
	await salma.locator('.banner.crisis', { hasText: 'הפסקה עד ארבע.' }).waitFor();
	await leave(dana, salma);
});

await main();
