// page.tsx: the moderators' page: the picture, the queue and what is open beside each other on a wide
// screen, one after the other on a narrow one. Comes in a script and a style sheet of its own.
import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { Line, Notice, Said } from '../participant/shell';
import { Icon, type IconName } from '../parts/icon';
import { number, t } from '../texts/texts';
import { ask } from './asked';
import { Dialogs } from './acts';
import { ActButton, Left, subject } from './bits';
import { alarmed, beginDesk, byName, chosen, decisions, desks, findItem, newLines, now, toast, undoLast, waiting } from './desk';
import { Duty, Exposure, WatchButton } from './duty';
import { acknowledge, ItemPane } from './item';
import { listenToKeys, onKeys } from './keys';
import { Log } from './log';
import { openNext } from './moving';
import { charters, go, lang, processes, readCharter } from './participant';
import { prefs } from './prefs';
import { CirclePane, Picture, ThreadPane } from './picture';
import { bulk, Queue } from './queue';
import { d } from './texts';
import { openCircle, openItem, openTab, paneNow, TABS, tabNow, type Tab } from './where';

const isStyled = signal(false);

/** The desk's own style sheet; nothing is drawn before it is there. */
function loadStyle(): void {
	if (document.querySelector('link[data-desk]')) return;
	const link = document.createElement('link');
	link.rel = 'stylesheet';
	link.href = DESK_STYLE;
	link.dataset['desk'] = '';
	link.onload = link.onerror = () => (isStyled.value = true);
	document.head.append(link);
}
loadStyle();

const tabIcons: Record<Tab, IconName> = { queue: 'list', picture: 'rising', log: 'link', duty: 'people' };

function Tabs() {
	const tab = tabNow();
	return (
		<nav class="desk-tabs" aria-label={d('tabs')}>
			{TABS.map((one) => (
				<button
					type="button"
					class={`tab tab-${one} ${one === 'queue' && tab === 'picture' ? 'also' : ''}`}
					aria-current={tab === one ? 'page' : undefined}
					onClick={() => openTab(one)}
				>
					<Icon name={tabIcons[one]} />
					<span class="tab-name">{d(`tab.${one}`)}</span>
					{one === 'queue' && waiting.value.length > 0 && (
						<span class="count-badge">
							<span class="sr">{d('queue.count', { n: waiting.value.length })}</span>
							<span aria-hidden="true">{number(Math.min(999, waiting.value.length))}</span>
						</span>
					)}
					{one === 'duty' && newLines.value > 0 && <span class="count-badge">{number(newLines.value)}</span>}
				</button>
			))}
		</nav>
	);
}

function Top() {
	const kept = decisions.list.value.length;
	const keptLong = decisions.list.value.some((one) => now.value - Date.parse(one.at) > 1500);
	return (
		<header class="desk-top">
			<button type="button" class="icon-button" aria-label={t('backToDiscussion')} title={t('backToDiscussion')} onClick={() => go({})}>
				<Icon name="back" turns />
			</button>
			<h1 class="desk-title">{t('desk')}</h1>
			<Tabs />
			<span class="push" />
			{kept > 0 && keptLong && (
				<button type="button" class="quiet kept" onClick={() => ask({ kind: 'waiting' })}>
					<Icon name="clock" />
					{d('waiting.count', { n: kept })}
				</button>
			)}
			<span class="wide-only">
				<WatchButton />
			</span>
			<button type="button" class="icon-button" aria-label={d('help.title')} title={d('help.title')} onClick={() => ask({ kind: 'help' })}>
				<Icon name="keyboard" />
			</button>
		</header>
	);
}

/** The newest alert, until somebody takes it. */
function Alarm() {
	const item = findItem(alarmed.value ?? undefined);
	const pane = paneNow();
	const isOpen = pane?.kind === 'item' && pane.item === item?.item;
	return (
		<div class="alarm-place" role="alert">
			{item && !isOpen && (
				<div class="alarm">
					<Icon name="storm" />
					<p>
						<strong>{subject(item)}</strong>{' '}
						<bdi>{desks.value.find((desk) => desk.id === item.circle)?.title()}</bdi>{' '}
						{item.alert?.for && <span>· {d('alert.for', { name: byName(item.alert.for) })}</span>}
					</p>
					<span aria-live="off">
						<Left until={item.until} />
					</span>
					<ActButton icon="check" kind="primary" onClick={() => acknowledge(item)}>
						{d('acknowledge')}
					</ActButton>
					<ActButton icon="eye" onClick={() => openItem(item.item)}>
						{d('look')}
					</ActButton>
					<button type="button" class="icon-button" aria-label={t('close')} onClick={() => (alarmed.value = null)}>
						<Icon name="close" />
					</button>
				</div>
			)}
		</div>
	);
}

/** Where the picture is out of sight: that a crisis lasts, how long still, and the way to end it. */
function CrisisLine() {
	const on = desks.value.filter((desk) => desk.state()?.crisis);
	if (!on.length) return null;
	return (
		<div class="crisis-line narrow-only" role="status">
			{on.map((desk) => (
				<button type="button" class="quiet" onClick={() => openCircle(desk.id)}>
					<Icon name="storm" />
					<span>
						{d('state.crisis')}: <bdi>{desk.title()}</bdi>
					</span>
					<span aria-live="off">
						<Left until={desk.state()?.crisis?.until} />
					</span>
				</button>
			))}
		</div>
	);
}

function Told() {
	const told = toast.value;
	return (
		<div class="told" role="status">
			{told && (
				<div class="told-box">
					<span>{told.text}</span>
					{told.undo && (
						<ActButton icon="undo" shortcut="undo" onClick={undoLast}>
							{d('undo')}
						</ActButton>
					)}
				</div>
			)}
		</div>
	);
}

function Pane() {
	const pane = paneNow();
	if (!pane)
		return (
			<div class="pane-empty empty">
				<Icon name="eye" />
				<p>
					{d('pane.empty')} {prefs.value.keys && <span class="wide-only">{d('pane.key', { key: 'J' })}</span>}
				</p>
				<Exposure />
			</div>
		);
	if (pane.kind === 'item') return <ItemPane id={pane.item} />;
	if (pane.kind === 'thread') return <ThreadPane circle={pane.circle} thread={pane.thread} />;
	return <CirclePane circle={pane.circle} />;
}

export function Desk() {
	const tab = tabNow();
	const pane = paneNow();
	useEffect(() => {
		beginDesk();
		const stop = listenToKeys();
		const forget = onKeys({
			next: () => openNext(1),
			previous: () => openNext(-1),
			open: () => openNext(1),
			help: () => ask({ kind: 'help' }),
			queue: () => openTab('queue'),
			picture: () => openTab('picture'),
			log: () => openTab('log'),
			duty: () => openTab('duty'),
			undo: undoLast,
			crisis: () => {
				const first = desks.peek()[0];
				if (first) ask({ kind: 'crisis', circle: first.id });
			},
			release: () => {
				if (chosen.peek().size) bulk.value = 'release';
			},
			reject: () => {
				if (chosen.peek().size) bulk.value = 'reject';
			},
			close: () => {
				if (chosen.peek().size) chosen.value = new Set();
			},
		});
		return () => {
			stop();
			forget();
		};
	}, []);
	useEffect(() => {
		for (const process of processes.value) if (!charters.peek()[process.id]) void readCharter(process.id);
	}, [processes.value.length]);
	useEffect(() => {
		const n = waiting.value.length;
		document.title = (n ? `(${n}) ` : '') + t('desk');
	}, [waiting.value.length, lang.value]);
	// What was open has closed: one goes on at the list it stood in.
	const before = useRef({ tab, had: !!pane });
	useEffect(() => {
		const was = before.current;
		before.current = { tab, had: !!pane };
		const active = document.activeElement;
		const isLost = !active || active === document.body || !active.isConnected;
		if ((was.tab !== tab || (was.had && !pane)) && (isLost || was.tab !== tab)) {
			const title = document.querySelector<HTMLElement>(tab === 'queue' ? '#queue-title' : `#${tab}-title`);
			title?.focus({ preventScroll: true });
		}
	}, [tab, !!pane]);
	if (!isStyled.value) return <p class="empty">{t('loading')}</p>;
	const isWhole = tab === 'log' || tab === 'duty';
	return (
		<div class={`desk ${pane ? 'with-pane' : ''}`} data-tab={tab}>
			<a
				class="skip"
				href="#main"
				onClick={(event) => {
					event.preventDefault();
					document.querySelector<HTMLElement>('#main h2')?.focus();
				}}
			>
				{t('skip.content')}
			</a>
			<Top />
			<Line />
			<Notice />
			<Alarm />
			<CrisisLine />
			<main class={isWhole ? 'desk-main whole-page' : 'desk-main'} id="main" tabIndex={-1}>
				{tab === 'log' ? (
					<Log />
				) : tab === 'duty' ? (
					<Duty />
				) : (
					<>
						<Picture />
						<Queue />
						<div class="pane">
							<Pane />
						</div>
					</>
				)}
			</main>
			<Told />
			<Said />
			<Dialogs />
		</div>
	);
}
