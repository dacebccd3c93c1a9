// shell.tsx: the frame around everything: where one is, the way elsewhere, how the line is.
import { signal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../parts/icon';
import { Avatar, Name } from '../parts/words';
import { chooseLanguage, lang, LANGUAGES, t, type Lang } from '../texts/texts';
import {
	charters,
	circleOf,
	circleSummary,
	connection,
	inboxUnread,
	isModerator,
	me,
	notice,
	outbox,
	process,
	readCharter,
	refreshProcesses,
	said,
	shown,
	speakLanguage,
} from './app';
import { Inbox } from './inbox';
import { NudgeDialog } from './judged';
import { Members } from './members';
import { Mine } from './mine';
import { Search } from './search';
import { countOf, presentSentence, Stream, ThreadPane } from './stream';
import { isSilenced, WarningDialog } from './sanctions';
import { InvitedDialog, ReacceptDialog, Welcome } from './welcome';
import { go } from './where';

export function LanguageChoice() {
	return (
		<div class="languages" role="group" aria-label={t('language')}>
			{LANGUAGES.map((one) => (
				<button
					type="button"
					lang={one.lang}
					aria-pressed={lang.value === one.lang}
					onClick={() => {
						chooseLanguage(one.lang as Lang);
						void speakLanguage(one.lang);
					}}
				>
					{one.name}
				</button>
			))}
		</div>
	);
}

/** Says quietly how the line is; a short break is not worth a word. */
export function Line() {
	const phase = connection.phase.value;
	const [isLong, setLong] = useState(false);
	const waiting = outbox.list.value.filter((letter) => letter.state === 'waiting').length;
	useEffect(() => {
		if (phase === 'online') {
			setLong(false);
			return;
		}
		const timer = setTimeout(() => setLong(true), 1200);
		return () => clearTimeout(timer);
	}, [phase === 'online']);
	return (
		<div class="line-state" role="status">
			{isLong && me.value && (
				<p>
					<span class="dot" aria-hidden="true" />
					{waiting ? t('offline.with', { n: waiting }) : t('offline')}
				</p>
			)}
		</div>
	);
}

export function Notice() {
	if (!notice.value) return null;
	return (
		<div class="notice" role="alert">
			<p dir="auto">{notice.value}</p>
			<button type="button" class="icon-button" aria-label={t('close')} onClick={() => (notice.value = null)}>
				<Icon name="close" />
			</button>
		</div>
	);
}

export function Said() {
	return (
		<div class="said" role="status" aria-live="polite">
			{said.value.text && (
				<p dir="auto" class={said.value.isSeen ? 'sr' : ''}>
					{said.value.text}
				</p>
			)}
		</div>
	);
}

function Badge({ n }: { n: number }) {
	return n > 0 ? <span class="count-badge">{countOf(n)}</span> : null;
}

export function CircleList({ onPick }: { onPick?(): void }) {
	const of = process.value;
	const now = shown.value;
	useEffect(() => {
		void refreshProcesses();
		const timer = setInterval(() => {
			if (document.visibilityState === 'visible') void refreshProcesses();
		}, 90000);
		return () => clearInterval(timer);
	}, []);
	return (
		<ul class="plain-list circle-list">
			{of?.circles.map((circle) => {
				const isHere = now.circle === circle.id && now.view === 'stream';
				const open = circleOf(circle.id);
				void open?.version.value;
				void open?.seen.value;
				const unread = open?.isReady.value ? open.unseen() : circle.unread;
				return (
					<li>
						<button
							type="button"
							class="circle-item"
							aria-current={isHere ? 'page' : undefined}
							onClick={() => {
								go({ circle: circle.id });
								onPick?.();
							}}
						>
							<span class={circle.access === 'closed' ? 'circle-sign closed' : 'circle-sign'} aria-hidden="true">
								{circle.access === 'closed' && <Icon name="lock" />}
							</span>
							<span class="circle-title">
								<bdi>{circle.title}</bdi>
								<small>{t(circle.phase !== 'open' ? 'circle.ended' : circle.access === 'closed' ? 'circle.closed.mark' : 'circle.public')}</small>
							</span>
							{!isHere && unread > 0 && (
								<>
									<Badge n={unread} />
									<span class="sr">{t('circle.unread', { n: unread })}</span>
								</>
							)}
						</button>
					</li>
				);
			})}
		</ul>
	);
}

/** The moderators' own page, in a script that nobody else loads. */
function DeskDoor() {
	const desk = deskScript.value;
	const [isMissing, setMissing] = useState(false);
	useEffect(() => {
		if (!deskScript.peek())
			import('../moderator/page').then(
				(script) => (deskScript.value = script),
				() => setMissing(true),
			);
	}, []);
	if (desk) return <desk.Desk />;
	// The line broke meanwhile, or the pages are newer by now: all of it is fetched again.
	if (isMissing)
		return (
			<main class="welcome plain-page">
				<p role="alert">{t('desk.missing')}</p>
				<button type="button" class="button primary" onClick={() => location.reload()}>
					{t('again')}
				</button>
			</main>
		);
	return (
		<main class="welcome plain-page" aria-busy="true">
			<Notice />
			<div class="ring" aria-hidden="true" />
			<p role="status">{t('loading')}</p>
		</main>
	);
}

const deskScript = signal<{ Desk: ComponentType } | null>(null);

function DeskItem() {
	if (!isModerator.value) return null;
	return (
		<button type="button" class="nav-item" onClick={() => go({ view: 'desk' })}>
			<Icon name="desk" />
			<span>{t('desk')}</span>
		</button>
	);
}

function NavItem(props: { icon: Parameters<typeof Icon>[0]['name']; view: 'inbox' | 'mine' | 'welcome'; label: string; n?: number }) {
	const now = shown.value;
	const keep = now.circle ? { circle: now.circle } : {};
	return (
		<button
			type="button"
			class="nav-item"
			aria-current={now.view === props.view ? 'page' : undefined}
			onClick={() => go({ view: props.view, ...keep })}
		>
			<Icon name={props.icon} />
			<span>{props.label}</span>
			{!!props.n && (
				<>
					<Badge n={props.n} />
					<span class="sr">{t('inbox.unread', { n: props.n })}</span>
				</>
			)}
		</button>
	);
}

function Side() {
	const of = process.value;
	return (
		<nav class="side" aria-label={t('nav')}>
			<div class="side-head">
				<span class="brand">
					<span class="brand-ring" aria-hidden="true" />
					{t('app.name')}
				</span>
				<p class="side-process" dir="auto">
					{of?.title}
				</p>
			</div>
			<h2 class="side-title">{t('circles')}</h2>
			<CircleList />
			<div class="side-personal">
				<DeskItem />
				<NavItem icon="inbox" view="inbox" label={t('inbox')} n={inboxUnread.value} />
				<NavItem icon="person" view="mine" label={t('mine')} />
				<NavItem icon="info" view="welcome" label={t('about')} />
			</div>
			<div class="side-foot">
				<p class="whoami">
					<Avatar id={me.value?.id ?? ''} name={me.value?.name ?? ''} />
					<span>
						<Name name={me.value?.name ?? ''} tag={me.value?.tag} />
					</span>
				</p>
				<LanguageChoice />
			</div>
		</nav>
	);
}

function Top() {
	const now = shown.value;
	const circle = now.circle ? circleSummary(now.circle) : undefined;
	const live = now.circle ? circleOf(now.circle) : undefined;
	const title = live?.info.value?.title ?? circle?.title ?? '';
	const keep = now.circle ? { circle: now.circle } : {};
	return (
		<header class="top">
			<button type="button" class="icon-button only-phone" aria-label={t('nav.open')} onClick={() => go({ view: 'circles', ...keep })}>
				<Icon name="menu" />
			</button>
			<div class="top-title">
				<h1 dir="auto">{title}</h1>
				<p class="top-sub">
					{circle?.access === 'closed' ? t('circle.closed.mark') : t('circle.public')}
					{presentSentence(live) && <span> · {presentSentence(live)}</span>}
				</p>
			</div>
			{circle?.access === 'closed' && (
				<button type="button" class="icon-button" aria-label={t('members')} onClick={() => go({ view: 'members', ...keep })}>
					<Icon name="people" />
				</button>
			)}
			{isModerator.value && (
				<button type="button" class="icon-button only-phone" aria-label={t('desk')} onClick={() => go({ view: 'desk' })}>
					<Icon name="desk" />
				</button>
			)}
			<button type="button" class="icon-button" aria-label={t('search')} onClick={() => go({ view: 'search', ...keep })}>
				<Icon name="search" />
			</button>
			<button
				type="button"
				class="icon-button only-phone with-badge"
				onClick={() => go({ view: 'inbox', ...keep })}
			>
				<Icon name="inbox" />
				<span class="sr">{inboxUnread.value ? t('inbox.with', { n: inboxUnread.value }) : t('inbox')}</span>
				<span aria-hidden="true">
					<Badge n={inboxUnread.value} />
				</span>
			</button>
		</header>
	);
}

export function PageHead({ title }: { title: string }) {
	const now = shown.value;
	return (
		<header class="pane-head">
			<button
				type="button"
				class="icon-button back"
				aria-label={t('backToDiscussion')}
				onClick={() => go(now.circle ? { circle: now.circle } : {})}
			>
				<Icon name="back" turns />
			</button>
			<h1>{title}</h1>
		</header>
	);
}

function CirclesPage() {
	const keep = shown.value.circle ? { circle: shown.value.circle } : {};
	return (
		<section class="page">
			<PageHead title={process.value?.title ?? ''} />
			<div class="page-body">
				<h2 class="side-title">{t('circles')}</h2>
				<CircleList />
				<h2 class="side-title">{t('personal')}</h2>
				<DeskItem />
				<NavItem icon="inbox" view="inbox" label={t('inbox')} n={inboxUnread.value} />
				<NavItem icon="person" view="mine" label={t('mine')} />
				<NavItem icon="info" view="welcome" label={t('about')} />
				<h2 class="side-title">{t('language')}</h2>
				<LanguageChoice />
				<p class="whoami">
					<Avatar id={me.value?.id ?? ''} name={me.value?.name ?? ''} />
					<span>
						<Name name={me.value?.name ?? ''} tag={me.value?.tag} />
					</span>
				</p>
				<button type="button" class="button plain" onClick={() => go(keep)}>
					{t('backToDiscussion')}
				</button>
			</div>
		</section>
	);
}

export function Shell() {
	const now = shown.value;
	const of = process.value;
	useEffect(() => {
		const name = of?.title ?? t('app.name');
		document.title = inboxUnread.value ? `(${inboxUnread.value}) ${name}` : name;
	}, [of?.title, lang.value, inboxUnread.value]);

	// The rules are asked for by name wherever something is judged.
	useEffect(() => {
		if (of && now.view !== 'welcome' && !charters.peek()[of.id]) void readCharter(of.id);
	}, [of?.id, now.view]);
	// What was pressed is gone with its screen: whoever reads by ear or keyboard goes on at the new heading.
	const screen = `${now.view}/${now.circle ?? ''}`;
	const before = useRef<string | null>(null);
	useEffect(() => {
		const isFirst = before.current === null;
		before.current = screen;
		const active = document.activeElement;
		if (isFirst || (active && active !== document.body && active.isConnected)) return;
		const heading = document.querySelector<HTMLElement>('#main h1');
		if (!heading) return;
		heading.tabIndex = -1;
		heading.focus({ preventScroll: true });
	}, [screen]);

	if (now.view === 'welcome') {
		return (
			<div class="shell-welcome">
				<Notice />
				<Line />
				<Welcome />
				<InvitedDialog />
				<Said />
			</div>
		);
	}
	if (now.view === 'desk')
		return (
			<>
				<DeskDoor />
				<InvitedDialog />
			</>
		);
	const isThread = now.view === 'stream' && !!now.thread;
	const circle = now.circle ? circleOf(now.circle) : undefined;
	const canWrite = now.view === 'stream' && !circle?.refused.value && (!now.circle || !isSilenced(now.circle));
	return (
		<div class={isThread ? 'shell with-thread' : 'shell'} data-view={now.view}>
			<a
				class="skip"
				href={canWrite ? '#write' : '#main'}
				onClick={(event) => {
					event.preventDefault();
					const field = document.getElementById(isThread ? 'write-thread' : 'write');
					(field ?? document.getElementById('main'))?.focus();
				}}
			>
				{t(canWrite ? 'skip' : 'skip.content')}
			</a>
			<Side />
			<main class="main" id="main" tabIndex={-1}>
				<div class="middle">
				{now.view === 'stream' ? (
					<>
						<Top />
						<Notice />
						<Line />
						<Stream />
					</>
				) : (
					<>
						<Line />
						{now.view === 'inbox' && <Inbox />}
						{now.view === 'mine' && <Mine />}
						{now.view === 'search' && <Search />}
						{now.view === 'members' && <Members />}
						{now.view === 'circles' && <CirclesPage />}
					</>
				)}
				</div>
				{isThread && <ThreadPane />}
			</main>
			<Said />
			<NudgeDialog />
			<ReacceptDialog />
			<WarningDialog />
			<InvitedDialog />
		</div>
	);
}
