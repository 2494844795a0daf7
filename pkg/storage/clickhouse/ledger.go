package clickhouse

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"strings"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
)

// The ledger is how a batch is there whole or not at all, and each recording once, on servers without transactions. Who writes:
//
//	check   which ids are stored already? These are left out.
//	begin   (batches)     a new number, and the server's time
//	insert  (recordings)  rows with that number, which nobody sees yet
//	check   which other batches have these ids as well? Of two who write the same at the same time at least one sees the other.
//	commit  (batches)     one row, with what was seen: from now on the rows are seen
//
// Who reads takes a view first: which batches are committed, and which rows are left out since another batch has the same id. All
// statements of one read have the same view, and each sees whole batches, of whichever moment its server takes its rows.
//
// So that a view stays small, batches are settled after a while: those that began before the mark are seen unless they are in
// left_out. A batch can be committed for commitTime only, by the clock of the server, so that what is settled stays as it is.
// Rows of batches that were never committed are not seen by anybody, and go with their day.
const (
	commitTime = 5 * time.Minute
	// settleTime is from the beginning of a batch to when it is settled: the batches that it has seen may have begun just before
	// it was committed, and be committed as long after that. The rest is for the clocks of servers.
	settleTime = 3 * commitTime
)

// batch is a number that no other has, which is not 0, and when it began in seconds of Unix time by the clock of the server.
type batch struct {
	number uint64
	begun  uint32
}

func newBatch(begun uint32) batch {
	var number [8]byte
	_, _ = rand.Read(number[:]) // It never fails.
	// What began first is mostly the lower number, and of two with the same recording the lower is seen.
	return batch{uint64(begun)<<32 | uint64(binary.LittleEndian.Uint32(number[:4])), begun}
}

// held is a recording as a batch has it.
type held struct {
	key
	batch
}

// view is what is seen.
type view struct {
	// mark is up to when batches are settled, in seconds of Unix time; recent are those of later that are committed.
	mark   uint32
	recent []uint64
	// dead are settled batches that were never committed.
	dead []uint64
	// doubled are rows that are left out, since another batch has the recording.
	doubled []held
}

// condition is met by the rows that are seen.
func (v *view) condition() string {
	var b strings.Builder
	fmt.Fprintf(&b, "(begun < %d", v.mark)
	if len(v.dead) > 0 {
		b.WriteString(" AND batch NOT IN " + numbers(v.dead))
	}
	b.WriteString(" OR batch IN " + numbers(v.recent) + ")")
	if len(v.doubled) > 0 {
		b.WriteString(" AND (batch, id_high, id_low) NOT IN " + heldTuples(v.doubled))
	}
	return b.String()
}

func heldTuples(list []held) string {
	return tuples(list, func(h held) []uint64 { return []uint64{h.number, h.high, h.low} })
}

// commit is a batch that was committed, with the recordings of it that other batches had as well.
type commit struct {
	batch
	shared []held
}

const commitColumns = "begun, batch, other_batches, other_begun, id_highs, id_lows"

func readCommit(r *rowReader) commit {
	c := commit{batch: batch{begun: r.uint32(), number: r.uint64()}}
	batches, begun := list(r, r.uint64), list(r, r.uint32)
	highs, lows := list(r, r.uint64), list(r, r.uint64)
	for i := range min(len(batches), len(begun), len(highs), len(lows)) {
		c.shared = append(c.shared, held{key{highs[i], lows[i]}, batch{batches[i], begun[i]}})
	}
	return c
}

// view reads the ledger as it is now. What was committed before is in it.
func (s *Store) view(ctx context.Context) (*view, error) {
	mark := s.mark.Load()
	if mark == 0 {
		var err error
		if mark, err = s.readMark(ctx); err != nil {
			return nil, err
		}
	}
	// What is left out up to the mark was there before the mark was.
	v := &view{mark: mark}
	var doubled []held
	err := s.client.query(ctx, request{statement: "SELECT DISTINCT batch, id_high, id_low FROM " + s.place.whole(leftOutTable)}, func(r *rowReader) {
		h := held{batch: batch{number: r.uint64()}, key: key{r.uint64(), r.uint64()}}
		if h.key == (key{}) {
			v.dead = append(v.dead, h.number)
			return
		}
		doubled = append(doubled, h)
	})
	if err != nil {
		return nil, err
	}
	commits, err := s.commits(ctx, mark, 0)
	if err != nil {
		return nil, err
	}
	for _, c := range commits {
		v.recent = append(v.recent, c.number)
	}
	v.doubled = append(doubled, doubledIn(commits, v.sees())...)
	// The next view may have a later mark.
	if len(v.recent) > 0 || mark == 0 {
		if later, err := s.readMark(ctx); err == nil && later > mark {
			s.mark.CompareAndSwap(mark, later)
		}
	}
	return v, nil
}

func (s *Store) readMark(ctx context.Context) (mark uint32, err error) {
	err = s.client.query(ctx, request{statement: "SELECT max(mark) FROM " + s.place.whole(settledTable)}, func(r *rowReader) { mark = r.uint32() })
	return mark, err
}

// commits returns what was committed of the batches that began from a time on, and before another, which is 0 for all.
func (s *Store) commits(ctx context.Context, from, before uint32) (all []commit, err error) {
	where := fmt.Sprintf(" WHERE committed = 1 AND begun >= %d", from)
	if before > 0 {
		where += fmt.Sprintf(" AND begun < %d", before)
	}
	seen := map[uint64]bool{}
	err = s.client.query(ctx, request{statement: "SELECT " + commitColumns + " FROM " + s.place.whole(batchesTable) + where}, func(r *rowReader) {
		c := readCommit(r)
		if !seen[c.number] { // A commit that was sent again.
			seen[c.number] = true
			all = append(all, c)
		}
	})
	return all, err
}

// sees returns whether a batch is seen, but for single rows of it.
func (v *view) sees() func(batch) bool {
	recent, dead := map[uint64]bool{}, map[uint64]bool{}
	for _, number := range v.recent {
		recent[number] = true
	}
	for _, number := range v.dead {
		dead[number] = true
	}
	return func(b batch) bool { return b.begun < v.mark && !dead[b.number] || recent[b.number] }
}

// doubledIn returns the rows that are left out: of a recording that several batches have the lowest one's is seen.
func doubledIn(commits []commit, sees func(batch) bool) (out []held) {
	holders := map[key]map[batch]bool{}
	add := func(k key, b batch) {
		if holders[k] == nil {
			holders[k] = map[batch]bool{}
		}
		holders[k][b] = true
	}
	for _, c := range commits {
		for _, other := range c.shared {
			if sees(other.batch) {
				add(other.key, c.batch)
				add(other.key, other.batch)
			}
		}
	}
	for k, batches := range holders {
		var lowest uint64
		for b := range batches {
			if lowest == 0 || b.number < lowest {
				lowest = b.number
			}
		}
		for b := range batches {
			if b.number != lowest {
				out = append(out, held{k, b})
			}
		}
	}
	return out
}

// begin writes that a batch begins; since is when it was given the time by the clock of this process.
func (s *Store) begin(ctx context.Context, b batch, since time.Time) error {
	return s.note(ctx, b, 0, nil, since)
}

// commit makes a batch seen, together with what it shares with others.
func (s *Store) commit(ctx context.Context, b batch, shared []held, since time.Time) error {
	return s.note(ctx, b, 1, shared, since)
}

// note writes to the ledger, for as long as the batch is not to be settled. It is for the server to say whether it is still time, since a
// statement may be on its way for any time.
func (s *Store) note(ctx context.Context, b batch, committed int, shared []held, since time.Time) error {
	array := func(kind string, of func(held) uint64) string {
		if len(shared) == 0 {
			return "emptyArray" + kind + "()"
		}
		list := make([]uint64, len(shared))
		for i, h := range shared {
			list[i] = of(h)
		}
		return "CAST([" + strings.Trim(numbers(list), "()") + "] AS Array(" + kind + "))"
	}
	statement := fmt.Sprintf(`INSERT INTO %s (day, begun, batch, committed, other_batches, other_begun, id_highs, id_lows)
		SELECT toInt32(%d), toUInt32(%d), toUInt64(%d), toUInt8(%d), %s, %s, %s, %s FROM system.one WHERE toUInt32(now()) < %d`,
		s.place.part(batchesTable), b.begun/(24*60*60), b.begun, b.number, committed,
		array("UInt64", func(h held) uint64 { return h.number }), array("UInt32", func(h held) uint64 { return uint64(h.begun) }),
		array("UInt64", func(h held) uint64 { return h.high }), array("UInt64", func(h held) uint64 { return h.low }),
		b.begun+uint32(commitTime.Seconds()))
	if err := s.client.execute(ctx, request{statement: statement, settings: s.writing()}); err != nil {
		return err
	}
	if time.Since(since) > commitTime-time.Minute { // The server may have said no.
		return fmt.Errorf("%w: the batch took too long", api.ErrUnavailable)
	}
	return nil
}

// writing are settings of statements that write: they answer once the rows are where they belong, on as many replicas as must have them.
func (s *Store) writing() map[string]string {
	if s.place.cluster == "" {
		return nil
	}
	return map[string]string{"insert_distributed_sync": "1"}
}
