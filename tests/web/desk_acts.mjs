#!/usr/bin/env node
// What moderators do beyond the queue, and what those whom it concerns see of it: pace, door, freezing,
// notices, rules, sanctions, crisis, appeals, duty.
import { axeClean, check, DESK, equal, join, key, leave, main, noComplaints, person, post, shot, test, until, write } from './lib/web.mjs';
import { atDesk, citizen, givenDeskServer, HARSH, open, row } from './lib/desk.mjs';

const server = await givenDeskServer();
const noa = await citizen(server, 'נועה ברקת');
const opener = await noa.say('ספרתי אתמול 41 עצים בין התחנה לשוק.');
await noa.say('ועוד שישה בחניה.', { reply_to: opener.id });

async function circlePane(page) {
	await page.goto(`${server.url}/#view=desk&circle=forum`);
	await page.locator('.pane .switches').waitFor();
}
const dialog = (page) => page.getByRole('dialog');
const told = (page, text) => page.locator('.told').getByText(text).waitFor();

test('the pace of a circle: everyone sees it with its end; undone by one button', async () => {
	const page = await atDesk(server, { lang: 'en', size: DESK });
	const reader = await join(server, 'Lina', { lang: 'en' });
	await circlePane(page);
	await page.locator('.switches').getByRole('button', { name: 'Pace' }).click();
	await dialog(page).getByRole('button', { name: '30 seconds' }).click();
	await dialog(page).getByText('Everyone sees: one post each every').waitFor();
	await axeClean(page, 'the pace');
	await dialog(page).getByRole('button', { name: 'Set the pace' }).click();
	await reader.getByText('one post every 30 seconds each').waitFor();
	await reader.locator('.banner', { hasText: 'Until' }).waitFor();
	await page.locator('.told').getByRole('button', { name: 'Undo' }).click();
	await reader.getByText('one post every 30 seconds each').waitFor({ state: 'detached' });
	noComplaints(page);
	await leave(page, reader);
});

test('the door: newcomers’ posts are read first, and everyone is told', async () => {
	const page = await atDesk(server, { lang: 'en', size: DESK });
	const reader = await join(server, 'Lina', { lang: 'en' });
	await circlePane(page);
	await page.locator('.switches').getByRole('button', { name: 'The door' }).click();
	await dialog(page).getByLabel('Newcomers are read first').check();
	await axeClean(page, 'the door');
	await dialog(page).getByRole('button', { name: 'Set the door' }).click();
	await reader.getByText('Posts by newcomers are read before they appear.').waitFor();
	await page.locator('.pane .state-chip', { hasText: 'Newcomers are read first' }).waitFor();
	await page.keyboard.press('z');
	await reader.getByText('Posts by newcomers are read before they appear.').waitFor({ state: 'detached' });
	noComplaints(page);
	await leave(page, reader);
});

test('a thread is frozen and thawed from the picture', async () => {
	const page = await atDesk(server, { lang: 'en', size: DESK });
	const reader = await join(server, 'Lina', { lang: 'en' });
	await page.goto(`${server.url}/#view=desk&circle=forum&thread=${opener.id}`);
	await page.locator('.pane .context-post', { hasText: '41 עצים' }).waitFor();
	await page.keyboard.press('f');
	await dialog(page).getByText('Everyone can read the thread, nobody can write in it.').waitFor();
	await dialog(page).getByRole('button', { name: 'Freeze the thread' }).click();
	await post(reader, '41 עצים').getByText('paused').first().waitFor();
	await page.locator('.act-bar').getByRole('button', { name: /Thaw/ }).click();
	await dialog(page).getByRole('button', { name: 'Thaw the thread' }).click();
	await until(async () => (await post(reader, '41 עצים').getByText('paused').count()) === 0, 'the thread is open again');
	noComplaints(page);
	await leave(page, reader);
});

test('a notice from a template stands in the discussion, in each reader’s language, without a name', async () => {
	const page = await atDesk(server, { lang: 'en', size: DESK });
	const reader = await join(server, 'נועם');
	await circlePane(page);
	await page.locator('.switches').getByRole('button', { name: 'Post a notice' }).click();
	await dialog(page).locator('.template').first().click();
	await axeClean(page, 'a notice');
	await shot(page, 'desk-notice');
	await dialog(page).getByRole('button', { name: 'Post it' }).click();
	const notice = reader.locator('.team-notice');
	await notice.getByText('מצוות ההנחיה').waitFor();
	check(/[א-ת]{3}/.test(await notice.locator('.words').textContent()), 'in Hebrew');
	check(!(await reader.textContent('body')).includes('דנה'), 'no name');
	await reader.reload();
	await reader.locator('.team-notice').waitFor();
	await axeClean(reader, 'a notice in the discussion');
	noComplaints(page);
	await leave(page, reader);
});

test('the rules are pinned above the discussion', async () => {
	const page = await atDesk(server, { lang: 'en', size: DESK });
	const reader = await join(server, 'Lina', { lang: 'en' });
	await circlePane(page);
	await page.locator('.switches').getByRole('button', { name: 'Pin the rules' }).click();
	await dialog(page).getByText('Speak with respect.').waitFor();
	await dialog(page).getByRole('button', { name: 'Pin the rules' }).click();
	await reader.locator('.pinned summary').click();
	await reader.locator('.pinned').getByText('Speak with respect.').waitFor();
	await page.locator('.told').getByRole('button', { name: 'Undo' }).click();
	await reader.locator('.pinned').waitFor({ state: 'detached' });
	noComplaints(page);
	await leave(page, reader);
});

test('a warning is read and acknowledged before one goes on; what waited for it is sent then', async () => {
	const author = await join(server, 'טל');
	await write(author, `${HARSH[0]} בעיניי, באמת`);
	await author.locator('.verdict.wait').waitFor();
	const page = await atDesk(server, { size: DESK });
	await open(page, 'באמת');
	await page.locator('.pane .subject').waitFor();
	await page.keyboard.press('s');
	await dialog(page).getByText('המתון ביותר שיועיל').waitFor();
	await dialog(page).getByText('הם יקראו את האזהרה').waitFor();
	await axeClean(page, 'the ladder');
	await shot(page, 'desk-ladder');
	await dialog(page).locator('button[type=submit]').click();
	const warning = author.getByRole('dialog', { name: 'פנייה מצוות ההנחיה' });
	await warning.waitFor();
	await axeClean(author, 'a warning');
	await shot(author, 'author-warning');
	await warning.getByRole('button', { name: 'אחר כך' }).click();
	await author.getByText('לפני שממשיכים לכתוב, יש פנייה לקרוא').waitFor();
	await author.getByRole('button', { name: 'לקרוא את הפנייה' }).click();
	await author.getByRole('dialog').getByRole('button', { name: 'קראתי' }).click();
	await author.waitForSelector('#write');
	await write(author, 'תודה, אשתדל לנסח אחרת');
	await post(author, 'אשתדל').locator('.post-foot').waitFor();
	noComplaints(page);
	noComplaints(author);
	await leave(page, author);
});

test('muted: one sees it with its end and its reason; lifting it from the history lets one write again', async () => {
	const author = await join(server, 'רון');
	await write(author, `${HARSH[0]} לגמרי`);
	await author.locator('.verdict.wait').waitFor();
	const page = await atDesk(server, { size: DESK });
	await open(page, 'לגמרי');
	await page.locator('.pane .subject').waitFor();
	await page.keyboard.press('s');
	await dialog(page).getByLabel(/^השתקה/).check();
	await dialog(page).getByRole('button', { name: 'שעה', exact: true }).click();
	await dialog(page).locator('button[type=submit]').click();
	await author.locator('.composer.closed', { hasText: 'אבל לא לכתוב' }).getByText(/עד/).waitFor();
	await author.getByRole('button', { name: 'למה, ואיך מערערים' }).click();
	await author.locator('.entry', { hasText: 'הוגבלה' }).getByRole('button', { name: 'לערער' }).first().waitFor();
	await page.locator('.pane .subject .link-name').click();
	await dialog(page).locator('.sanction-line', { hasText: 'השתקה' }).getByRole('button', { name: 'להסיר את ההגבלה' }).click();
	await dialog(page).locator('button[type=submit]').click();
	await author.locator('.entry', { hasText: 'ההגבלה שלכם הוסרה' }).waitFor();
	await author.goto(`${server.url}/#circle=forum`);
	await author.waitForSelector('#write');
	noComplaints(page);
	await leave(page, author);
});

test('excluded: one sees it at once, with the way to appeal; lifted, one is in again', async () => {
	const author = await join(server, 'שי');
	await write(author, `${HARSH[0]} לחלוטין`);
	await author.locator('.verdict.wait').waitFor();
	const page = await atDesk(server, { size: DESK });
	await open(page, 'לחלוטין');
	await page.locator('.pane .subject').waitFor();
	await page.keyboard.press('s');
	await dialog(page).getByLabel(/^הרחקה/).check();
	await dialog(page).locator('button[type=submit]').click();
	await author.getByRole('button', { name: 'למה, ואיך מערערים' }).waitFor();
	equal(await author.locator('#write').count(), 0, 'no writing');
	await axeClean(author, 'excluded');
	await page.locator('.told').getByRole('button', { name: 'ביטול' }).click();
	await author.waitForSelector('#write');
	noComplaints(page);
	await leave(page, author);
});

test('a crisis: one switch, seen by everyone with its reason and end; ended by hand', async () => {
	const page = await atDesk(server, { lang: 'en', size: DESK });
	const reader = await join(server, 'Lina', { lang: 'en' });
	await circlePane(page);
	await page.locator('.pane').getByRole('button', { name: /Crisis mode/ }).click();
	await dialog(page).getByLabel(/Extra care/).check();
	await axeClean(page, 'the crisis dialog');
	await shot(page, 'desk-crisis');
	await dialog(page).getByRole('button', { name: 'Switch on' }).click();
	await reader.locator('.banner.crisis', { hasText: 'The discussion has become heated' }).getByText(/Until/).waitFor();
	await page.locator('.crisis-box', { hasText: 'Extra care' }).getByText(/left/).waitFor();
	await page.locator('.circle-card .level.crisis').waitFor();
	await axeClean(page, 'in crisis');
	await axeClean(reader, 'a reader in crisis');
	await shot(page, 'desk-in-crisis');
	await shot(reader, 'reader-in-crisis');
	await page.locator('.pane').getByRole('button', { name: 'Change the strength' }).click();
	equal(await dialog(page).getByLabel(/Extra care/).count(), 0, 'what is in force is not offered');
	await dialog(page).getByLabel(/Slow down/).check();
	await dialog(page).getByRole('button', { name: 'Switch on' }).click();
	await page.locator('.crisis-box', { hasText: 'Slow down' }).waitFor();
	await page.locator('.crisis-box').getByRole('button', { name: 'End the crisis' }).click();
	await dialog(page).getByRole('button', { name: 'End the crisis' }).click();
	await reader.locator('.banner.crisis').waitFor({ state: 'detached' });
	await page.locator('.crisis-box').waitFor({ state: 'detached' });
	await page.locator('.incidents summary').click();
	await page.locator('.incidents li', { hasText: 'Extra care' }).getByText(/The temperature rose to/).waitFor();
	await axeClean(page, 'earlier crises');
	noComplaints(page);
	noComplaints(reader);
	await leave(page, reader);
});

test('an appeal: opened by the author, answered by another moderator, and undone where it was wrong', async () => {
	const author = await join(server, 'יעל');
	await write(author, `${HARSH[0]} על הגינה`);
	await author.locator('.verdict.wait').waitFor();
	const dana = await atDesk(server, { size: DESK, name: 'דנה' });
	await open(dana, 'על הגינה');
	await dana.locator('.pane .subject').waitFor();
	await dana.keyboard.press('r');
	await dialog(dana).locator('button[type=submit]').click();
	await author.getByRole('button', { name: /התיבה שלי/ }).click();
	const entry = author.locator('.entry', { hasText: 'לא פורסמה' }).first();
	await entry.getByRole('button', { name: 'לערער' }).click();
	await author.getByLabel('מה כדאי לבחון שוב?').fill('ציטטתי מודעה שתלויה ברחוב');
	await axeClean(author, 'appealing');
	await author.getByRole('button', { name: 'שליחת הערעור' }).click();
	await entry.getByText('הגשתם ערעור').waitFor();
	await open(dana, 'ציטטתי מודעה');
	await dana.getByText('זו הייתה החלטה שלכם').waitFor();
	equal(await dana.locator('.appeal-form').count(), 0, 'not by whoever decided');
	await dana.keyboard.press('Escape');
	const gil = await atDesk(server, { size: DESK, name: 'גיל' });
	await open(gil, 'ציטטתי מודעה');
	await gil.locator('.pane').getByText('על הגינה').waitFor();
	await shot(gil, 'desk-appeal');
	await axeClean(gil, 'an appeal');
	await gil.getByRole('button', { name: 'לקבל את הערעור' }).click();
	await gil.getByText('כתבו תשובה').waitFor();
	await gil.getByLabel('התשובה שלכם לערעור').fill('צודקים, זה ציטוט. מפורסם.');
	await gil.getByRole('button', { name: 'לקבל את הערעור' }).click();
	await author.locator('.entry', { hasText: 'צודקים, זה ציטוט' }).waitFor();
	await author.locator('.entry', { hasText: 'לא פורסמה' }).getByText('הערעור שלכם התקבל').waitFor();
	const reader = await join(server, 'נועם');
	await post(reader, 'על הגינה').waitFor();
	noComplaints(gil);
	noComplaints(author);
	await leave(author, dana, gil, reader);
});

test('duty: on watch, a line among moderators, a handover; nobody else hears of it', async () => {
	const dana = await atDesk(server, { size: DESK, name: 'דנה' });
	const gil = await atDesk(server, { size: DESK, name: 'גיל' });
	await dana.getByRole('button', { name: 'להתחיל משמרת' }).click();
	await gil.getByRole('button', { name: /^משמרת/ }).click();
	await gil.locator('.on-watch', { hasText: 'דנה' }).waitFor();
	await gil.getByLabel('שורה למנחים האחרים').fill('שמתי לב לשרשור על העצים');
	await gil.keyboard.press('Enter');
	await dana.locator('.tab-duty .count-badge').waitFor();
	await dana.getByRole('button', { name: /^משמרת/ }).click();
	await dana.locator('.line-list').getByText('שמתי לב לשרשור על העצים').waitFor();
	await axeClean(dana, 'duty');
	await shot(dana, 'desk-duty');
	await dana.getByRole('button', { name: 'במשמרת', exact: true }).first().click();
	await dana.getByLabel(/מה חשוב שהבאים/).fill('הכול רגוע, השרשור על החניה מתחמם');
	// A touch beside it takes no words away.
	await dana.mouse.click(5, 5);
	await until(async () => (await dialog(dana).count()) === 0, 'the dialog is closed');
	await dana.getByRole('button', { name: 'במשמרת', exact: true }).first().click();
	equal(await dana.getByLabel(/מה חשוב שהבאים/).inputValue(), 'הכול רגוע, השרשור על החניה מתחמם', 'the handover after a touch beside it');
	await dana.getByRole('button', { name: 'לסיים את המשמרת' }).click();
	await gil.locator('.line-card').getByText('השרשור על החניה מתחמם').waitFor();
	noComplaints(dana);
	noComplaints(gil);
	await leave(dana, gil);
});

test('the log tells in words who did what, with the links of its chain', async () => {
	const page = await atDesk(server, { lang: 'en', size: DESK });
	await page.getByRole('button', { name: 'Log' }).click();
	await page.locator('.log-entry', { hasText: 'Crisis mode began' }).first().waitFor();
	await page.locator('.chain-head code').waitFor();
	check(/^[0-9a-f]{64}$/.test((await page.locator('.chain-head code').textContent()).trim()), 'the newest link');
	await page.getByRole('button', { name: 'People' }).click();
	await page.locator('.log-entry', { hasText: 'limited' }).first().waitFor();
	equal(await page.locator('.log-entry', { hasText: 'Crisis mode began' }).count(), 0, 'filtered');
	await axeClean(page, 'the log');
	await shot(page, 'desk-log');
	noComplaints(page);
	await leave(page);
});

await main();
