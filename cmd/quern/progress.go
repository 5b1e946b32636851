package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/quern-search/quern/rerank/models"
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
	p.show(func(took time.Duration) string { return progressLine(p.unit, done, total, took) })
}

// show draws the line that says how far the work is after some time, if it is time for it.
func (p *progress) show(line func(took time.Duration) string) {
	if p.w == nil || time.Since(p.drawn) < progressEvery {
		return
	}
	p.drawn = time.Now()
	p.draw(line(time.Since(p.started)))
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
	return fmt.Sprintf("%d of %d %s, %s left", done, total, unit, timeLeft(float64(total-done), rate))
}

// bytesLine is the text for bytes that come, of which some were here before.
func bytesLine(before, done, total int64, took time.Duration) string {
	rate := float64(done-before) / max(took.Seconds(), 1e-3)
	if total == 0 {
		return fmt.Sprintf("%s, %s/s", models.Bytes(done), models.Bytes(int64(rate)))
	}
	return fmt.Sprintf("%s of %s, %s/s, %s left", models.Bytes(done), models.Bytes(total), models.Bytes(int64(rate)), timeLeft(float64(total-done), rate))
}

// timeLeft is how long the rest takes at a rate, in seconds; "?" where nothing has been done yet.
func timeLeft(rest, rate float64) string {
	if rate <= 0 {
		return "?"
	}
	return time.Duration(min(rest/rate, 1e9) * float64(time.Second)).Round(time.Second).String()
}
