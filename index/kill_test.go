package index_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/quern-search/quern/index"
)

// How many times the tests below kill a process, and the seed of what it does: so many with QUERN_KILLS=100, and the
// same again but for the moments with QUERN_KILLS_SEED, which a test prints.
const (
	killsEnv = "QUERN_KILLS"
	seedEnv  = "QUERN_KILLS_SEED"
	fewKills = 6 // without
)

// TestKilledAtAnyMoment: a process writes to an index batch by batch, says when each begins and when it is acknowledged,
// and is killed. After each kill the index must open and hold just what was acknowledged, with the batch that was being
// written whole or not at all. The next process goes on with the same index, so that damage would add up.
func TestKilledAtAnyMoment(t *testing.T) {
	v := newVictim(t)
	kills := killsWanted(t)
	inside, whole, merging := 0, 0, 0
	for i := range kills {
		v.run(v.moment(i))
		before, after := v.acknowledge()
		state := v.mustBe(before, after)
		switch v.inside() {
		case "":
		case "compact":
			merging++
		default:
			inside++
			if state == "after" {
				whole++
			}
		}
	}
	t.Logf("killed %d times: %d inside a batch commit (%d of these batches were there, %d were not), %d inside Compact; %d steps acknowledged, %d documents at the end",
		kills, inside, whole, inside-whole, merging, v.acknowledged, len(v.model))
	if 2*inside < kills {
		t.Errorf("%d of %d kills fell inside a batch commit, want half or more", inside, kills)
	}
	v.mustGoOn()
	if left := files(t, v.path); len(left) > 50 { // Bleve keeps those of a state or two
		t.Errorf("after %d kills %d segment files lie about", kills, len(left))
	}
}

// TestKilledWhileItIsMade: what is left must open, or make way for a new one.
func TestKilledWhileItIsMade(t *testing.T) {
	v := newVictim(t)
	kills := killsWanted(t)
	before := 0
	for range kills {
		v.startAnew()
		v.run(opening, v.within(v.toOpen))
		if v.mustBe(v.acknowledge()); !v.opened {
			before++
		}
		v.mustGoOn()
	}
	t.Logf("killed %d times, %d before Create returned", kills, before)
}

func killsWanted(t *testing.T) int {
	t.Helper()
	if testing.Short() {
		t.Skip("kills processes for some seconds")
	}
	if kills, err := strconv.Atoi(os.Getenv(killsEnv)); err == nil {
		return kills
	}
	return fewKills
}

// A victim is a process that is killed, and what its index must hold.
type victim struct {
	t      *testing.T
	seed   uint64
	random *rand.Rand

	path         string
	model        map[string]index.Document // what all acknowledged steps have made
	opened       bool                      // ever
	next         int                       // step
	begun, done  int                       // the last steps that began and were acknowledged; see opening
	acknowledged int

	toOpen, toStep time.Duration // what these take, about
}

// opening counts as a step, the one before all others.
const opening = -1

func newVictim(t *testing.T) *victim {
	t.Helper()
	seed := rand.Uint64()
	if s, err := strconv.ParseUint(os.Getenv(seedEnv), 10, 64); err == nil {
		seed = s
	}
	t.Logf("%s=%d", seedEnv, seed)
	v := &victim{t: t, seed: seed, random: rand.New(rand.NewPCG(seed, 1)), toOpen: 5 * time.Millisecond, toStep: 5 * time.Millisecond}
	v.startAnew()
	return v
}

// startAnew goes on with another index, which is yet to be made.
func (v *victim) startAnew() {
	v.path, v.opened, v.model = filepath.Join(v.t.TempDir(), "index"), false, map[string]index.Document{}
}

// moment chooses when kill number i falls: within some step, or soon after it; but some while the index is opened or
// merged.
func (v *victim) moment(i int) (step int, delay time.Duration) {
	step = v.next + v.random.IntN(15)
	switch i % 16 {
	case 7:
		return opening, v.within(v.toOpen)
	case 15:
		for stepAt(v.seed, step).kind != "compact" {
			step++
		}
	}
	return step, v.within(v.toStep)
}

// within gives a time from 0 to somewhat longer than what something takes.
func (v *victim) within(d time.Duration) time.Duration {
	return time.Duration(v.random.Int64N(int64(d)))
}

// run starts a process that goes on with the next step, and kills it a while after a step has begun.
func (v *victim) run(step int, delay time.Duration) {
	v.t.Helper()
	ctx, kill := context.WithCancel(v.t.Context())
	defer kill()
	cmd := exec.CommandContext(ctx, os.Args[0], "-test.run=^TestVictim$") // its end is a SIGKILL
	cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d %s", victimEnv, v.seed, v.next, v.path))
	out, err := cmd.StdoutPipe()
	if err != nil {
		v.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		v.t.Fatal(err)
	}
	v.begun, v.done = opening-1, opening-1
	var began time.Time
	for lines := bufio.NewScanner(out); lines.Scan(); {
		what, number, _ := strings.Cut(lines.Text(), " ")
		n, err := strconv.Atoi(number)
		switch {
		case err == nil && what == "begin":
			v.begun, began = n, time.Now()
			if n == step {
				time.AfterFunc(delay, kill)
			}
		case err == nil && what == "done":
			v.done = n
			took := &v.toStep
			if n == opening {
				took = &v.toOpen
			}
			*took += (time.Since(began) - *took) / 16
		default:
			v.t.Fatalf("step %d: %s", v.begun, lines.Text())
		}
	}
	cmd.Wait()
}

// acknowledge brings the model up to what the process was told, and returns it with and without the step in between.
func (v *victim) acknowledge() (before, after map[string]index.Document) {
	v.opened = v.opened || v.done >= opening
	for ; v.next <= v.done; v.next++ {
		stepAt(v.seed, v.next).apply(v.model)
		v.acknowledged++
	}
	before, after = v.model, v.model
	if v.begun >= v.next {
		after = maps.Clone(v.model)
		stepAt(v.seed, v.begun).apply(after)
		v.next++
	}
	return before, after
}

// inside tells the kind of step in which the process was killed, "" for none.
func (v *victim) inside() string {
	if v.begun == v.done || v.begun < 0 {
		return ""
	}
	return stepAt(v.seed, v.begun).kind
}

// mustBe checks that the index is in one of two states, takes that for the model, and tells which.
func (v *victim) mustBe(before, after map[string]index.Document) string {
	v.t.Helper()
	x, err := index.Open(v.path)
	if !v.opened && errors.Is(err, index.ErrNotExist) {
		return "before"
	}
	if err != nil {
		v.t.Fatalf("after a kill in step %d: %v", v.begun, err)
	}
	defer x.Close()
	without := difference(v.t, x, before)
	if without == "" {
		return "before"
	}
	if with := difference(v.t, x, after); with != "" {
		v.t.Fatalf("after a kill in step %d, the index is neither as before it:\n%s\nnor as after it:\n%s", v.begun, without, with)
	}
	v.model = after
	return "after"
}

// mustGoOn checks that the index takes documents, and can be merged.
func (v *victim) mustGoOn() {
	v.t.Helper()
	x, err := openOrCreate(v.path)
	if err != nil {
		v.t.Fatal(err)
	}
	for range 3 {
		last := stepAt(v.seed, v.next)
		v.next++
		put(v.t, x, last.docs...)
		step{kind: "put", docs: last.docs}.apply(v.model)
	}
	if err := errors.Join(x.Compact(v.t.Context()), x.Close()); err != nil {
		v.t.Fatal(err)
	}
	if x, err = index.Open(v.path); err != nil {
		v.t.Fatal(err)
	}
	defer x.Close()
	if diff := difference(v.t, x, v.model); diff != "" {
		v.t.Error(diff)
	}
}
