package eval

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"iter"
	"math"
	"sync"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"

	"github.com/quern-search/quern/rerank"
)

// A Store keeps the scores of models in a file, so that what a model has judged once it need not judge again: the second
// evaluation takes moments, and so does one with other settings over the same candidates. With each score it keeps how
// long the model took. It is safe for concurrent use; one process at a time has a file open.
type Store struct {
	db      *bbolt.DB
	version string
	working sync.WaitGroup

	mu    sync.Mutex
	known int           // scores that were here, since taken was called
	spent time.Duration // that the model had taken for them
}

// ErrStoreInUse is wrapped by OpenStore when another process has the file open.
var ErrStoreInUse = errors.New("another process has it open")

// storeWait is how long OpenStore waits for another process to close the file.
const storeWait = time.Second

// scoresBucket is the table of a store's file: its keys are those of keyOf, its values those of a kept.
var scoresBucket = []byte("scores")

// OpenStore opens the file of a store, or makes it. The version stands for whatever changes scores besides the model's
// fingerprint: scores of another version are not found. Close it.
func OpenStore(path, version string) (*Store, error) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{Timeout: storeWait})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		err = ErrStoreInUse
	}
	if err == nil {
		err = db.Update(func(tx *bbolt.Tx) error {
			_, err := tx.CreateBucketIfNotExists(scoresBucket)
			return err
		})
		if err != nil {
			err = errors.Join(err, db.Close())
		}
	}
	if err != nil {
		return nil, fmt.Errorf("eval: scores in %q: %w", path, err)
	}
	return &Store{db: db, version: version}, nil
}

// Close closes the file once everything is written.
func (s *Store) Close() error {
	s.working.Wait()
	return s.db.Close()
}

// Len counts the scores in the file.
func (s *Store) Len() (n int, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		n = tx.Bucket(scoresBucket).Stats().KeyN
		return nil
	})
	return n, err
}

// Scorer is m with a memory. A model without a fingerprint does not say when its scores change, so it stays as it is.
func (s *Store) Scorer(m rerank.Scorer) rerank.Scorer {
	if m.Model().Fingerprint == "" {
		return m
	}
	return &stored{m, s}
}

// taken tells how many scores have come from the file since it was called last, and how long the model had taken for them.
func (s *Store) taken() (known int, spent time.Duration) {
	if s == nil {
		return 0, 0
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known, spent = s.known, s.spent
	s.known, s.spent = 0, 0
	return known, spent
}

// A stored is a Scorer whose scores a Store keeps.
type stored struct {
	rerank.Scorer
	store *Store
}

// Unwrap gives rerank.CountTokens the model itself.
func (m *stored) Unwrap() rerank.Scorer { return m.Scorer }

// Score implements [rerank.Scorer]: first what is known, then what the model says of the rest.
func (m *stored) Score(ctx context.Context, t rerank.Task) iter.Seq2[rerank.Score, error] {
	return func(yield func(rerank.Score, error) bool) {
		m.store.working.Add(1)
		defer m.store.working.Done()
		fingerprint := m.Model().Fingerprint
		keys := make([][]byte, len(t.Documents))
		for i, text := range t.Documents {
			keys[i] = m.store.keyOf(fingerprint, t, text)
		}
		known, err := m.store.read(keys)
		if err != nil {
			yield(rerank.Score{}, err)
			return
		}
		var missing []int
		for i, k := range known {
			if k == nil {
				missing = append(missing, i)
			} else if !yield(rerank.Score{Index: i, Logit: k.logit, Tokens: k.tokens}, nil) {
				return
			}
		}
		if len(missing) > 0 {
			m.judge(ctx, t, fingerprint, keys, missing, yield)
		}
	}
}

// judge asks the model of the documents that are missing, and keeps what it says under the keys of its fingerprint.
func (m *stored) judge(ctx context.Context, t rerank.Task, fingerprint string, keys [][]byte, missing []int, yield func(rerank.Score, error) bool) {
	rest := rerank.Task{Query: t.Query, Instruct: t.Instruct}
	for _, i := range missing {
		rest.Documents = append(rest.Documents, t.Documents[i])
	}
	fresh := map[int]kept{}
	start, ended := time.Now(), false
	for score, err := range rerank.Checked(ctx, m.Scorer, rest) {
		if err == nil {
			score.Index = missing[score.Index]
			fresh[score.Index] = kept{logit: score.Logit, tokens: score.Tokens}
		}
		if ended = !yield(score, err) || err != nil; ended {
			break
		}
	}
	if m.Model().Fingerprint != fingerprint {
		return // another model by now: nobody knows which score is whose
	}
	took := time.Since(start) / time.Duration(max(len(fresh), 1))
	if err := m.store.write(keys, fresh, took); err != nil && !ended {
		yield(rerank.Score{}, err)
	}
}

// A kept is a score as the file has it.
type kept struct {
	logit  float64
	tokens int
	took   time.Duration // by the model, for this document
}

// keptBytes is the length of a value: the logit, the tokens and the microseconds, little endian.
const keptBytes = 8 + 4 + 4

func (k kept) bytes() []byte {
	b := make([]byte, 0, keptBytes)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(k.logit))
	b = binary.LittleEndian.AppendUint32(b, uint32(k.tokens))
	return binary.LittleEndian.AppendUint32(b, uint32(min(k.took.Microseconds(), math.MaxUint32)))
}

// keptOf reads a value, or nil where there is none, or one that cannot be.
func keptOf(b []byte) *kept {
	if len(b) != keptBytes {
		return nil
	}
	k := &kept{
		logit:  math.Float64frombits(binary.LittleEndian.Uint64(b)),
		tokens: int(binary.LittleEndian.Uint32(b[8:])),
		took:   time.Duration(binary.LittleEndian.Uint32(b[12:])) * time.Microsecond,
	}
	if math.IsNaN(k.logit) || math.IsInf(k.logit, 0) {
		return nil
	}
	return k
}

// keyOf is the hash of all that a score depends on.
func (s *Store) keyOf(fingerprint string, t rerank.Task, document string) []byte {
	h := sha256.New()
	for _, part := range []string{s.version, fingerprint, t.Instruction(), t.Query, document} {
		var length [8]byte // before each part, or "ab","c" would be "a","bc"
		binary.LittleEndian.PutUint64(length[:], uint64(len(part)))
		h.Write(length[:])
		h.Write([]byte(part))
	}
	return h.Sum(nil)
}

// read finds what is known of keys; nil for what is not.
func (s *Store) read(keys [][]byte) ([]*kept, error) {
	found := make([]*kept, len(keys))
	err := s.db.View(func(tx *bbolt.Tx) error {
		for i, key := range keys {
			found[i] = keptOf(tx.Bucket(scoresBucket).Get(key))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("eval: scores: %w", err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range found {
		if k != nil {
			s.known++
			s.spent += k.took
		}
	}
	return found, nil
}

func (s *Store) write(keys [][]byte, fresh map[int]kept, took time.Duration) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		for i, k := range fresh {
			k.took = took
			if err := tx.Bucket(scoresBucket).Put(keys[i], k.bytes()); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("eval: scores: %w", err)
	}
	return nil
}
