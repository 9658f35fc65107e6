// The shape of a tree, from links to parents, in a few passes over arrays: chains and stars of any size are alike.
//
// Where every parent comes before its children, as in most files, one pass from the last row counts what is below each, and one from the first gives depths; whoever sums goes through the rows as they
// are, and the tree's order is made when something asks for it. Otherwise leaves are peeled off until nothing is left but circles; the order in which they went is then the order of the passes.
#include "runtime/dataset/steps_internal.h"

#include <assert.h>

#define PEELED UINT32_MAX

struct making {
	struct ppm_tree_shape *shape;
	const struct ppm_steps *steps;
	struct ppm_order_column key;
	uint32_t *left;   // [row]: children that were not peeled yet; PEELED
	uint32_t *places; // [row]
	uint64_t peeled;  // shape->order holds so many rows, children before parents
};

static void count_below(struct ppm_tree_shape *shape)
{
	for (uint64_t row = shape->rows; row-- > 0;) {
		uint32_t parent = shape->parent[row];
		if (parent != PPM_NO_ROW)
			shape->below[parent] += shape->below[row] + 1;
	}
}

// Peels a row without children, and those above it that have none left. A row above `limit` whose turn comes is left to the scan that passes it later.
static void peel(struct making *making, uint32_t row, uint64_t limit)
{
	struct ppm_tree_shape *shape = making->shape;
	for (;;) {
		shape->order[making->peeled++] = row;
		making->left[row] = PEELED;
		uint32_t parent = shape->parent[row];
		if (parent == PPM_NO_ROW)
			return;
		shape->below[parent] += shape->below[row] + 1;
		if (--making->left[parent] > 0 || parent > limit)
			return;
		row = parent;
	}
}

// The row with the least key of the circle through `row`; *count is its length.
static uint32_t least_of_circle(const struct making *making, uint32_t row, uint64_t *count)
{
	uint32_t least = row;
	*count = 0;
	for (uint32_t at = row;;) {
		int order = making->key.series ? ppm_compare_rows(making->steps, &making->key, 1, at, least) : 0;
		if (order < 0 || (order == 0 && at < least))
			least = at;
		++*count;
		at = making->shape->parent[at];
		if (at == row)
			return least;
	}
}

static enum ppm_status tell_circle(const struct making *making, uint32_t row, uint32_t **circle, uint64_t *circle_count)
{
	enum ppm_status status = PPM_OK;
	uint32_t at = least_of_circle(making, row, circle_count);
	*circle = ppm_steps_take(making->steps, *circle_count, sizeof **circle, &status);
	if (!*circle)
		return status;
	for (uint64_t i = 0; i < *circle_count; i++) {
		(*circle)[i] = at;
		at = making->shape->parent[at];
	}
	return PPM_ERROR_DATA;
}

// What was not peeled is circles and nothing else: what hangs on them is gone. Each loses a link, and is peeled from there.
static enum ppm_status break_circles(struct making *making)
{
	struct ppm_tree_shape *shape = making->shape;
	for (uint64_t row = 0; row < shape->rows; row++) {
		if (making->left[row] == PEELED)
			continue;
		uint64_t count;
		uint32_t root = least_of_circle(making, (uint32_t)row, &count);
		uint32_t parent = shape->parent[root];
		shape->parent[root] = PPM_NO_ROW;
		making->left[parent]--;
		// The places array is not in use yet.
		making->places[shape->dropped_count++] = root;
		peel(making, parent, UINT64_MAX);
	}
	enum ppm_status status = PPM_OK;
	shape->dropped = ppm_steps_take(making->steps, shape->dropped_count, sizeof *shape->dropped, &status);
	if (!shape->dropped)
		return status;
	// Ascending: all rows are peeled, so that marks can be told from them.
	for (uint64_t i = 0; i < shape->dropped_count; i++)
		making->left[making->places[i]] = 0;
	uint64_t found = 0;
	for (uint64_t row = 0; row < shape->rows; row++)
		if (making->left[row] != PEELED)
			shape->dropped[found++] = (uint32_t)row;
	return PPM_OK;
}

static enum ppm_status peel_all(struct making *making, bool break_cycles, uint32_t **circle, uint64_t *circle_count)
{
	struct ppm_tree_shape *shape = making->shape;
	for (uint64_t row = 0; row < shape->rows; row++)
		if (shape->parent[row] != PPM_NO_ROW)
			making->left[shape->parent[row]]++;
	for (uint64_t row = 0; row < shape->rows; row++) {
		if (making->left[row] == 0)
			peel(making, (uint32_t)row, row);
		if (row % 65536 == 0 && ppm_steps_interrupted(making->steps))
			return PPM_ERROR_INTERRUPTED;
	}
	if (making->peeled == shape->rows)
		return PPM_OK;
	if (break_cycles)
		return break_circles(making);
	uint64_t row = 0;
	while (making->left[row] == PEELED)
		row++;
	return tell_circle(making, (uint32_t)row, circle, circle_count);
}

// A row's place is its parent's, and what its elder siblings take up; `left` counts that.
static inline void give_distance(struct making *making, uint64_t row, uint32_t *root_place)
{
	struct ppm_tree_shape *shape = making->shape;
	uint32_t parent = shape->parent[row], size = shape->below[row] + 1;
	if (parent == PPM_NO_ROW) {
		making->places[row] = *root_place;
		*root_place += size;
	} else {
		making->places[row] = making->left[parent] + 1;
		making->left[parent] += size;
	}
}

static inline void give_depth(struct ppm_tree_shape *shape, uint64_t row)
{
	uint32_t parent = shape->parent[row], depth = parent == PPM_NO_ROW ? 0 : shape->depth[parent] + 1;
	shape->depth[row] = depth;
	shape->deepest = depth > shape->deepest ? depth : shape->deepest;
}

static inline void give_place(struct making *making, uint64_t row)
{
	uint32_t parent = making->shape->parent[row];
	if (parent != PPM_NO_ROW)
		making->places[row] += making->places[parent];
}

// Needs order where parents do not come first: then it holds the rows as they were peeled.
static void put_in_order(struct making *making)
{
	struct ppm_tree_shape *shape = making->shape;
	uint32_t root_place = 0;
	memset(making->left, 0, shape->rows * sizeof *making->left);
	for (uint64_t row = 0; row < shape->rows; row++) {
		give_distance(making, row, &root_place);
		if (shape->parents_first)
			give_place(making, row);
	}
	for (uint64_t i = shape->parents_first ? 0 : shape->rows; i-- > 0;)
		give_place(making, shape->order[i]);
	for (uint64_t row = 0; row < shape->rows; row++)
		shape->order[making->places[row]] = (uint32_t)row;
}

static enum ppm_status take_order(struct making *making)
{
	struct ppm_tree_shape *shape = making->shape;
	enum ppm_status status = PPM_OK;
	shape->order = ppm_steps_take(making->steps, shape->rows, sizeof *shape->order, &status);
	if (shape->order)
		making->left = ppm_steps_take(making->steps, shape->rows, sizeof *making->left, &status);
	if (making->left)
		making->places = ppm_steps_take(making->steps, shape->rows, sizeof *making->places, &status);
	return status;
}

static void give_making(const struct making *making)
{
	ppm_steps_give(making->steps, making->places, making->shape->rows, sizeof *making->places);
	ppm_steps_give(making->steps, making->left, making->shape->rows, sizeof *making->left);
}

enum ppm_status ppm_tree_shape_list(struct ppm_tree_shape *shape, const struct ppm_steps *steps)
{
	if (shape->order)
		return PPM_OK;
	struct making making = { .shape = shape, .steps = steps };
	enum ppm_status status = take_order(&making);
	if (status == PPM_OK) {
		put_in_order(&making);
	} else {
		ppm_steps_give(steps, shape->order, shape->rows, sizeof *shape->order);
		shape->order = NULL;
	}
	give_making(&making);
	return status;
}

static enum ppm_status make(struct making *making, const uint32_t *link, bool break_cycles, uint32_t **circle, uint64_t *circle_count)
{
	struct ppm_tree_shape *shape = making->shape;
	const struct ppm_steps *steps = making->steps;
	enum ppm_status status = PPM_OK;
	shape->parent = ppm_steps_take(steps, shape->rows, sizeof *shape->parent, &status);
	if (shape->parent)
		shape->depth = ppm_steps_take(steps, shape->rows, sizeof *shape->depth, &status);
	if (shape->depth)
		shape->below = ppm_steps_take(steps, shape->rows, sizeof *shape->below, &status);
	if (!shape->below)
		return status;
	shape->parents_first = true;
	for (uint64_t row = 0; row < shape->rows; row++) {
		shape->parent[row] = link[row];
		shape->parents_first = shape->parents_first && (link[row] == PPM_NO_ROW || link[row] < row);
	}
	if (shape->parents_first) {
		count_below(shape);
		for (uint64_t row = 0; row < shape->rows; row++)
			give_depth(shape, row);
		return PPM_OK;
	}
	status = take_order(making);
	if (status == PPM_OK)
		status = peel_all(making, break_cycles, circle, circle_count);
	if (status != PPM_OK)
		return status;
	for (uint64_t i = shape->rows; i-- > 0;)
		give_depth(shape, shape->order[i]);
	put_in_order(making);
	return PPM_OK;
}

enum ppm_status ppm_tree_shape_make(struct ppm_tree_shape *shape, const struct ppm_steps *steps, const uint32_t *link, uint64_t rows, const struct ppm_series *key,
	bool key_is_text, bool break_cycles, uint32_t **circle, uint64_t *circle_count)
{
	*shape = (struct ppm_tree_shape){ .rows = rows };
	*circle = NULL;
	*circle_count = 0;
	struct making making = { .shape = shape, .steps = steps, .key = { .series = key, .is_text = key_is_text } };
	enum ppm_status status = make(&making, link, break_cycles, circle, circle_count);
	give_making(&making);
	return status;
}

void ppm_tree_shape_free(struct ppm_tree_shape *shape, const struct ppm_steps *steps)
{
	ppm_steps_give(steps, shape->parent, shape->rows, sizeof *shape->parent);
	ppm_steps_give(steps, shape->order, shape->rows, sizeof *shape->order);
	ppm_steps_give(steps, shape->depth, shape->rows, sizeof *shape->depth);
	ppm_steps_give(steps, shape->below, shape->rows, sizeof *shape->below);
	ppm_steps_give(steps, shape->dropped, shape->dropped_count, sizeof *shape->dropped);
	*shape = (struct ppm_tree_shape){ 0 };
}
