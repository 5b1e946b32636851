package qwen3

import "iter"

// A chunk is a run of at most chunkRows rows and the parts of spans in it.
type chunk struct {
	row, rows int
	spans     []span
}

// chunks cuts spans, which follow each other without gaps, into chunks.
func chunks(spans []span) iter.Seq[chunk] {
	return func(yield func(chunk) bool) {
		var c chunk
		for _, s := range spans {
			for s.rows > 0 {
				n := min(s.rows, chunkRows-c.rows)
				c.spans = append(c.spans, span{doc: s.doc, row: s.row, pos: s.pos, rows: n})
				c.rows += n
				s.row, s.pos, s.rows = s.row+n, s.pos+n, s.rows-n
				if c.rows == chunkRows {
					if !yield(c) {
						return
					}
					c = chunk{row: c.row + chunkRows, spans: c.spans[:0]}
				}
			}
		}
		if c.rows > 0 {
			yield(c)
		}
	}
}
