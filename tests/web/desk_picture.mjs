#!/usr/bin/env node
// The live picture: a thread heats up before the moderator's eyes, an alert calls, somebody takes it; the
// same for whoever does not see curves; and a flood that does not bury the desk.
import { axeClean, check, DESK, equal, join, leave, main, noComplaints, shot, test, until } from './lib/web.mjs';
import { atDesk, citizen, givenDeskServer, HARSH, row } from './lib/desk.mjs';

const server = await givenDeskServer(['alert_ack_seconds=120']);

test('a thread heats up: the picture follows by itself, an alert calls and is taken', async () => {
	const page = await atDesk(server, { lang: 'en', size: DESK, name: 'Dana' });
	const gil = await atDesk(server, { lang: 'en', size: DESK, name: 'Gil' });
	const noa = await citizen(server, 'נועה');
	const omer = await citizen(server, 'עומר');
	const { id } = await noa.say('מה דעתכם על עוד ספסלים ברחוב?');
	await page.locator('.thread-row', { hasText: 'ספסלים' }).waitFor();
	const top = async () => (await page.locator('.desk-main').boundingBox()).y;
	const before = await top();
	for (const text of HARSH) await omer.say(text, { reply_to: id });
	for (const text of HARSH) await noa.say(text + ' גם אתה', { reply_to: id });
	const alarm = page.locator('.alarm', { hasText: 'heating up' });
	await alarm.waitFor();
	equal(await top(), before, 'nothing moved under a finger');
	equal(await page.locator('.alarm-place').getAttribute('role'), 'alert');
	await axeClean(page, 'an alarm');
	await shot(page, 'desk-alarm');
	await page.locator('.thread-row', { hasText: 'ספסלים' }).locator('.level.alert, .level.watch').waitFor();
	await alarm.getByRole('button', { name: 'Look' }).click();
	await page.locator('.pane', { hasText: 'the next one is called' }).waitFor();
	await page.locator('.pane .causes li').first().waitFor();
	await page.keyboard.press('a');
	await row(gil, 'heating up').waitFor({ state: 'detached' });
	await gil.locator('.alarm').waitFor({ state: 'detached' });
	// The thread, from the picture: its curve, told as a sentence and as a table too.
	await page.locator('.thread-row', { hasText: 'ספסלים' }).click();
	await page.locator('.pane .chart-place canvas').waitFor();
	check(/From \d+ to \d+ of 100/.test(await page.locator('.pane .chart-place').getAttribute('aria-label')), 'the curve in words');
	await page.locator('.pane .chart-table summary').click();
	await page.locator('.pane .chart-table td').first().waitFor();
	await axeClean(page, 'a thread');
	await shot(page, 'desk-thread');
	noComplaints(page);
	noComplaints(gil);
	await leave(page, gil);
});

test('an alert that nobody takes is passed on, and then the circle is slowed down by itself; everyone is told', async () => {
	const hasty = await givenDeskServer(['alert_ack_seconds=3']);
	const dana = await atDesk(hasty, { lang: 'en', size: DESK, name: 'Dana' });
	await dana.getByRole('button', { name: 'Begin my watch' }).click();
	await dana.getByRole('button', { name: 'On watch' }).first().waitFor();
	const gil = await atDesk(hasty, { lang: 'en', size: DESK, name: 'Gil' });
	await gil.getByRole('button', { name: 'Begin my watch' }).click();
	await gil.getByRole('button', { name: 'On watch' }).first().waitFor();
	const reader = await join(hasty, 'Lina', { lang: 'en' });
	const noa = await citizen(hasty, 'נועה');
	const omer = await citizen(hasty, 'עומר');
	const { id } = await noa.say('מה דעתכם על עוד ספסלים ברחוב?');
	for (const text of [...HARSH, HARSH[0] + ' שוב']) await omer.say(text, { reply_to: id });
	await gil.locator('.alarm').getByText(/Called: .*Dana/).waitFor();
	await gil.locator('.alarm').getByText(/Called: .*you/).waitFor();
	await shot(gil, 'desk-alarm-called');
	await reader.locator('.banner.crisis').waitFor({ timeout: 30000 });
	await reader.getByText(/one post every \d+ seconds each/).waitFor();
	await gil.locator('.circle-card .state-chip.crisis').waitFor();
	check((await gil.locator('.queue-row', { hasText: 'heating up' }).count()) === 1, 'it goes on waiting');
	noComplaints(gil);
	noComplaints(reader);
	await leave(dana, gil, reader);
});

test('a flood of six hundred held posts: the newest counts, the next decision takes a moment', async () => {
	const page = await atDesk(server, { lang: 'en', size: DESK, name: 'Noor' });
	await page.locator('.filters').getByRole('button', { name: /^Held/ }).click();
	const crowd = await Promise.all(Array.from({ length: 4 }, (_, i) => citizen(server, `חדש ${i}`)));
	const before = await page.locator('.queue-row').count();
	for (let round = 0; round < 15; round++)
		await Promise.all(
			crowd.map((who, i) =>
				who.page.evaluate(
					([text, mark]) =>
						Promise.all(
							Array.from({ length: 10 }, (_, n) =>
								window.rpc('post.create', { circle: 'forum', text: `${text} ${mark}.${n}`, key: `flood-${mark}-${n}` }),
							),
						).then(() => undefined),
					[HARSH[0], `${round}-${i}`],
				),
			),
		);
	await until(async () => Number(/\d+/.exec(await page.locator('.filters .chip[aria-pressed=true] .n').textContent())?.[0] ?? 0) >= 600, 'all are counted', 30000);
	check((await page.locator('.queue-row').count()) <= 200 + before, 'not all are in the page');
	await page.keyboard.press('j');
	await page.locator('.pane .subject').waitFor();
	const text = await page.locator('.pane .subject .words').textContent();
	const begin = Date.now();
	await page.keyboard.press('a');
	await until(async () => (await page.locator('.pane .subject .words').textContent().catch(() => text)) !== text, 'the next is open');
	check(Date.now() - begin < 1500, `the next item after ${Date.now() - begin} ms`);
	noComplaints(page);
	await leave(page, ...crowd.map((who) => who.page));
});

await main();
