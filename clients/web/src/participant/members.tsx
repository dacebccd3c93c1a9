// members.tsx: who is in a closed circle. Who reads a public one is nobody's business.
import { useEffect, useState } from 'preact/hooks';
import type { Author } from '../connection/protocol';
import { Trouble } from '../parts/trouble';
import { Avatar, Name } from '../parts/words';
import { t } from '../texts/texts';
import { connection, shown } from './app';
import { sentenceOf } from './menus';
import { roleName } from './post';
import { PageHead } from './shell';

export function Members() {
	const circle = shown.value.circle;
	const [members, setMembers] = useState<Author[] | null>(null);
	const [trouble, setTrouble] = useState<string | null>(null);
	useEffect(() => {
		connection.ask<{ members: Author[] }>('circle.members', { circle }).then(
			(answer) => setMembers(answer.members),
			(error) => setTrouble(sentenceOf(error)),
		);
	}, [circle]);
	return (
		<section class="page">
			<PageHead title={t('members')} />
			<div class="page-body">
				<Trouble of={trouble} />
				{!members && !trouble && <p class="empty">{t('loading')}</p>}
				{members && <p class="hint">{t('members.count', { n: members.length })}</p>}
				<ul class="plain-list members">
					{members?.map((member) => (
						<li class="member" key={member.id}>
							<Avatar id={member.id} name={member.name} />
							<span>
								<Name name={member.name} tag={member.tag} />
								{roleName(member.role) && <span class="badge strong">{roleName(member.role)}</span>}
								{member.organisation && <bdi class="organisation">{member.organisation}</bdi>}
							</span>
						</li>
					))}
				</ul>
			</div>
		</section>
	);
}
