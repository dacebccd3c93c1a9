// search.tsx: finding words in a circle.
import { useRef, useState } from 'preact/hooks';
import type { WirePost } from '../connection/protocol';
import { Icon } from '../parts/icon';
import { Trouble } from '../parts/trouble';
import { Name, Words } from '../parts/words';
import { dayAndClock, t } from '../texts/texts';
import { connection, shown, standing } from './app';
import { sentenceOf } from './menus';
import { stateSentence } from './post';
import { PageHead } from './shell';
import { go } from './where';

interface Found {
	posts: (WirePost & { at: string })[];
	more: boolean;
}

export function Search() {
	const circle = shown.value.circle;
	const [query, setQuery] = useState('');
	const [found, setFound] = useState<Found | null>(null);
	const [trouble, setTrouble] = useState<string | null>(null);
	const [isBusy, setBusy] = useState(false);
	const asked = useRef('');

	const search = async (before?: number) => {
		const words = before ? asked.current : query.trim();
		if (!words || !circle) return;
		asked.current = words;
		setBusy(true);
		try {
			const page = await connection.ask<Found>('history.search', {
				circle,
				query: words.slice(0, 200),
				limit: 20,
				...(before ? { before } : {}),
			});
			setFound((known) => (before && known ? { posts: [...known.posts, ...page.posts], more: page.more } : page));
			setTrouble(null);
		} catch (error) {
			setTrouble(sentenceOf(error));
		} finally {
			setBusy(false);
		}
	};

	const last = found?.posts[found.posts.length - 1]?.seq;
	return (
		<section class="page">
			<PageHead title={t('search')} />
			<div class="page-body">
				<form
					role="search"
					class="search-form"
					onSubmit={(event) => {
						event.preventDefault();
						void search();
					}}
				>
					<label class="sr" for="search-words">
						{t('search.label')}
					</label>
					<input
						id="search-words"
						class="field"
						type="search"
						dir="auto"
						enterkeyhint="search"
						placeholder={t('search.label')}
						value={query}
						onInput={(event) => setQuery(event.currentTarget.value)}
						ref={(element) => {
							if (element && !asked.current && document.activeElement === document.body) element.focus();
						}}
					/>
					<button type="submit" class="button primary" disabled={!query.trim() || isBusy}>
						{t('search')}
					</button>
				</form>
				<Trouble of={trouble} />
				<p class="hint" role="status">
					{isBusy ? t('loading') : found ? t('search.found', { n: found.posts.length }) : ''}
				</p>
				<ol class="plain-list entries">
					{found?.posts.map(standing).map((post) => (
							<li class="entry" key={post.id}>
								<div class="entry-body">
									<p class="entry-head">
										<Name name={post.author.kind === 'erased' ? t('erased.name') : post.author.name} tag={post.author.tag} />
										<time dateTime={post.at}>{dayAndClock(post.at)}</time>
									</p>
									{post.text ? (
										<Words text={post.text.length > 500 ? post.text.slice(0, 500) + '…' : post.text} lang={post.lang} />
									) : (
										<p class="gone">{stateSentence(post)}</p>
									)}
									<p class="entry-foot">
										<button
											type="button"
											class="quiet"
											onClick={() =>
												go({
													...(circle ? { circle } : {}),
													thread: post.thread,
													post: post.id,
													...(post.seq ? { seq: post.seq } : {}),
												})
											}
										>
											<Icon name="thread" turns />
											{t('inbox.open')}
										</button>
									</p>
								</div>
							</li>
					))}
				</ol>
				{found?.more && last && (
					<button type="button" class="button" disabled={isBusy} onClick={() => void search(last)}>
						{t('older')}
					</button>
				)}
			</div>
		</section>
	);
}
