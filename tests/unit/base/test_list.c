/* test_list.c: an intrusive list keeps its order and forgives a second removal. */
#include "check.h"

#include "base/list.h"

struct member {
	int number;
	struct list_node node;
};

TEST(members_stand_in_the_order_in_which_they_came)
{
	struct list_node head;
	struct member members[3] = { { .number = 0 }, { .number = 1 }, { .number = 2 } };
	int expected = 0;

	list_init(&head);
	CHECK(list_is_empty(&head));
	for (int i = 0; i < 3; i++)
		list_append(&head, &members[i].node);
	for (struct list_node *node = head.next; node != &head; node = node->next)
		CHECK_INT(expected++, list_entry(node, struct member, node)->number);
	CHECK_INT(3, expected);
}

TEST(removing_the_middle_joins_its_neighbours_and_may_be_repeated)
{
	struct list_node head;
	struct member members[3] = { { .number = 0 }, { .number = 1 }, { .number = 2 } };

	list_init(&head);
	for (int i = 0; i < 3; i++)
		list_append(&head, &members[i].node);
	list_remove(&members[1].node);
	list_remove(&members[1].node);
	CHECK(head.next == &members[0].node && members[0].node.next == &members[2].node);
	list_remove(&members[0].node);
	list_remove(&members[2].node);
	CHECK(list_is_empty(&head));
}

RUN(cmocka_unit_test(members_stand_in_the_order_in_which_they_came),
	cmocka_unit_test(removing_the_middle_joins_its_neighbours_and_may_be_repeated));
