package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progressEvery is how often a line of progress is drawn anew: often enough to look alive, seldom enough to read.
const progressEvery = 200 * time.Millisecond

// A progress is one line on a terminal that says how far some work is. Where nobody watches it draws nothing.
type progress struct {
	w       io.Writer // nil: nobody watches
	unit    string    // what is counted, such as "documents"
	started time.Time
	drawn   time.Time
	width   int // of what is drawn now
}

func newProgress(w io.Writer, unit string) *progress {
	p := &progress{unit: unit, started: time.Now(), drawn: time.Now()} // what is done at once draws nothing
	if isTerminal(w) {
		p.w = w
	}
	return p
}

// step says that done pieces of work are done, of total; total 0 means that nobody knows how many there are.
func (p *progress) step(done, total int) {
	if p.w == nil || time.Since(p.drawn) < progressEvery {
		return
	}
	p.drawn = time.Now()
	p.draw(progressLine(p.unit, done, total, time.Since(p.started)))
}

// end clears the line.
func (p *progress) end() {
	if p.w != nil && p.width > 0 {
		p.draw("")
		fmt.Fprint(p.w, "\r")
	}
}

// draw overwrites what stands there.
func (p *progress) draw(line string) {
	fmt.Fprintf(p.w, "\r%s%s", line, strings.Repeat(" ", max(p.width-len(line), 0)))
	p.width = len(line)
}

// progressLine is the text: how many, how fast, and how long it will go on, where that can be told.
func progressLine(unit string, done, total int, took time.Duration) string {
	rate := float64(done) / max(took.Seconds(), 1e-3)
	if total == 0 {
		return fmt.Sprintf("%d %s, %.0f a second", done, unit, rate)
	}
	left := "?"
	if done > 0 {
		left = time.Duration(float64(total-done) / rate * float64(time.Second)).Round(time.Second).String()
	}
	return fmt.Sprintf("%d of %d %s, %s left", done, total, unit, left)
}
