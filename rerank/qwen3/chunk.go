package qwen3

import "iter"

// A chunk is a run of at most chunkRows rows and the parts of spans in it.
//
// Rows that are few and count for much are fine: what is lost where others are rounded to 8 bits is made good for them
// (tensor.Rows). They are those of the prefix, which every document attends to, and the last of each document, which its
// logit is read off. What the others lose, attention averages out.
type chunk struct {
	row, rows int
	spans     []span
	fine      []int // rows, counted from the chunk's first
}

// take adds the first n rows of s, and returns the rest.
func (c *chunk) take(s span, n int) (rest span) {
	for r := range n {
		if s.fine || r == s.rows-1 {
			c.fine = append(c.fine, c.rows+r)
		}
	}
	part, rest := s, s
	part.rows = n
	rest.row, rest.pos, rest.rows = s.row+n, s.pos+n, s.rows-n
	c.spans, c.rows = append(c.spans, part), c.rows+n
	return rest
}

// chunks cuts spans, which follow each other without gaps, into chunks.
func chunks(spans []span) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		var c chunk
		for _, s := range spans {
			for s.rows > 0 {
				s = c.take(s, min(s.rows, chunkRows-c.rows))
				if c.rows == chunkRows {
					if !yield(c) {
						return
					}
					c = chunk{row: c.row + chunkRows, spans: c.spans[:0], fine: c.fine[:0]}
				}
			}
		}
		if c.rows > 0 {
			yield(c)
		}
	}
}
