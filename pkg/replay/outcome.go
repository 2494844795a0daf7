package replay

import (
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

const (
	// maxDifferences is how many differences of one recording a job keeps, and maxDifferenceBytes how long each of their
	// values is.
	maxDifferences     = 20
	maxDifferenceBytes = 256
	maxProblem         = 500
)

// Difference is one difference as jobs keep it: a Change, and the part of the answer in which it is.
type Difference struct {
	// Part is status, header, trailer, body, grpc_status, message or close.
	Part string `json:"part"`
	Change
}

// ResultOf sums a comparison up for a job.
func ResultOf(c Comparison) ItemResult {
	r := ItemResult{
		Outcome: Different, ResponseStatus: c.Replayed.Status, ResponseTimeMS: c.Replayed.DurationMS,
		RecordedStatus: c.Recorded.Status, RecordedTimeMS: c.Recorded.DurationMS, Differences: []Difference{},
	}
	switch {
	case c.Replayed.Failure != "":
		r.Outcome, r.Problem = Failed, validation.Clip(c.Replayed.Failure, maxProblem)
	case c.Diff.Equal:
		r.Outcome = Same
	}
	for _, d := range c.Diff.differences() {
		if len(r.Differences) == maxDifferences {
			r.More = true
			break
		}
		d.Path, d.Before, d.After = clip(d.Path), shorter(d.Before), shorter(d.After)
		r.Differences = append(r.Differences, d)
	}
	return r
}

// differences returns all differences in one list.
func (d Diff) differences() []Difference {
	var all []Difference
	if d.Status != nil {
		all = append(all, Difference{"status", Change{Path: "status", Kind: Changed, Before: number(d.Status.Before), After: number(d.Status.After)}})
	}
	for part, change := range map[string]*StatusChange{"grpc_status": d.GRPCStatus, "close": d.WebSocketClose} {
		if change != nil {
			all = append(all, Difference{part, Change{Path: part, Kind: Changed, Before: number(change.Before), After: number(change.After)}})
		}
	}
	for _, group := range []struct {
		part    string
		changes []Change
	}{{"header", d.Headers}, {"trailer", d.Trailers}, {"body", d.Body.Changes}} {
		for _, c := range group.changes {
			all = append(all, Difference{group.part, c})
		}
	}
	for _, line := range d.Body.Lines {
		switch Kind(line.Kind) {
		case Removed:
			all = append(all, Difference{"body", Change{Path: fmt.Sprintf("line %d", line.Before), Kind: Removed, Before: text(line.Text)}})
		case Added:
			all = append(all, Difference{"body", Change{Path: fmt.Sprintf("line %d", line.After), Kind: Added, After: text(line.Text)}})
		}
	}
	if d.Body.Format == "binary" && !d.Body.Equal {
		all = append(all, Difference{"body", Change{
			Path: "content", Kind: Changed, Before: bytesOf(d.Body.Before), After: bytesOf(d.Body.After),
		}})
	}
	return append(all, d.Messages.differences()...)
}

// differences returns the differences between messages: the first of each.
func (m *MessagesDiff) differences() []Difference {
	if m == nil {
		return nil
	}
	var all []Difference
	for _, one := range m.Different {
		path := fmt.Sprintf("message %d", one.Number)
		var inside []Difference
		if one.Body != nil {
			inside = Diff{Body: *one.Body}.differences()
		}
		if len(inside) == 0 {
			all = append(all, Difference{"message", Change{Path: path, Kind: one.Kind}})
			continue
		}
		change := inside[0].Change
		change.Path = path + " " + change.Path
		all = append(all, Difference{"message", change})
	}
	return all
}

func number(n int) json.RawMessage { return json.RawMessage(strconv.Itoa(n)) }

func bytesOf(b BodySummary) json.RawMessage {
	if b.SHA256 == "" {
		return text(fmt.Sprintf("%d bytes", b.Size))
	}
	return text(fmt.Sprintf("%d bytes, SHA-256 %s", b.Size, b.SHA256))
}

// shorter returns a JSON value, or a string of its beginning where it is long.
func shorter(value json.RawMessage) json.RawMessage {
	if len(value) <= maxDifferenceBytes {
		return value
	}
	var s string
	if json.Unmarshal(value, &s) != nil {
		s = string(value)
	}
	return text(validation.Clip(s, maxDifferenceBytes))
}

// skipped returns the result of a recording that cannot be sent.
func skipped(why string) ItemResult {
	return ItemResult{Outcome: Skipped, Problem: validation.Clip(why, maxProblem), Differences: []Difference{}}
}

// failedItem returns the result of a recording that was sent, or may have been, without a complete answer.
func failedItem(why string) ItemResult {
	return ItemResult{Outcome: Failed, Problem: validation.Clip(why, maxProblem), Differences: []Difference{}}
}

func recordedIn(result ItemResult, r recording.Recording) ItemResult {
	result.RecordedStatus, result.RecordedTimeMS = r.ResponseStatus, r.ResponseTimeMS
	return result
}
