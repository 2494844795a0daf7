package postgres

import (
	"context"
	"database/sql/driver"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// keptRows is the statement of a COPY that keeps what it is given.
type keptRows struct {
	driver.Stmt
	messages []string
}

func (k *keptRows) CopyData(_ context.Context, rows string) (driver.Result, error) {
	k.messages = append(k.messages, strings.Clone(rows)+"\n")
	return driver.RowsAffected(0), nil
}

// Every row is sent once, in its order, with as many others as fit into what the driver sends at once.
func TestRowsAreSentOnceAndTogether(t *testing.T) {
	draw := rand.New(rand.NewPCG(1, 2))
	for _, sizes := range [][]int{
		nil,
		{0},
		{10},
		{copyChunk - 1},
		{copyChunk},
		{copyChunk + 1},
		{copyChunk - 1, 0},
		{copyChunk / 2, copyChunk / 2},
		{3 * copyChunk, 1, 3 * copyChunk},
		{1, 3 * copyChunk, 1},
		make([]int, 200_000), draw.Perm(2000), draw.Perm(100_000)[:50],
	} {
		name := fmt.Sprint(sizes[:min(len(sizes), 3)], len(sizes))
		var want strings.Builder
		kept, at := &keptRows{}, 0
		err := sendRows(t.Context(), kept, func(text *copyText) bool {
			if at == len(sizes) {
				return false
			}
			row := strings.Repeat("x", sizes[at]) + "\n"
			want.WriteString(row)
			text.rows = append(text.rows, row...)
			at++
			return true
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(kept.messages, ""); got != want.String() {
			t.Errorf("%s: %d bytes were sent, of %d", name, len(got), want.Len())
		}
		for i, message := range kept.messages {
			if len(message) > copyChunk && strings.Count(message, "\n") > 1 {
				t.Errorf("%s: message %d has %d bytes and %d rows", name, i, len(message), strings.Count(message, "\n"))
			}
			if i > 0 && len(kept.messages[i-1])+strings.Index(message, "\n") < copyChunk {
				t.Errorf("%s: message %d has room for the first row of the next", name, i-1)
			}
		}
	}
}
