package bpe

// A candidate is a merge that may happen: its rank in the upper half, the place of its left token in the lower, so that
// the smallest candidate is the next to do. Places are below 2^31: a piece of text is shorter than 2 GiB.
type candidate uint64

// A queue is a binary heap of candidates, the smallest first. (container/heap would box every one of them.)
type queue []candidate

func (q *queue) push(c candidate) {
	h := append(*q, c)
	*q = h
	i := len(h) - 1
	for i > 0 {
		parent := (i - 1) / 2
		if h[parent] <= c {
			break
		}
		h[i], i = h[parent], parent
	}
	h[i] = c
}

func (q *queue) pop() candidate {
	h := *q
	top, last := h[0], h[len(h)-1]
	h = h[:len(h)-1]
	*q = h
	i := 0
	for child := 1; child < len(h); child = 2*i + 1 {
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if last <= h[child] {
			break
		}
		h[i], i = h[child], child
	}
	if len(h) > 0 {
		h[i] = last
	}
	return top
}
