package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// pageLimit is how many recordings are asked for at once.
const pageLimit = 10_000

type export struct {
	to     *control
	output string
	filter []string
	page   int
}

func exporting(to *control) *cobra.Command {
	e := export{to: to, page: pageLimit}
	command := &cobra.Command{
		Use:   "export",
		Short: "Write recordings to a file, as lines of JSON",
		Long: "Writes the recordings of a filter, whole, as lines of JSON: all of them, however many. What is recorded meanwhile is left out. " +
			"Within the file, pages of the newest recordings come first.",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return e.run(command.Context(), command) },
	}
	command.Flags().StringVarP(&e.output, "output", "o", "-", "the file to write, - for standard output; it must not exist")
	command.Flags().StringArrayVarP(&e.filter, "filter", "f", nil, "a condition of the filter, as in the query of GET /recordings/export: gateways=shop; may be given again")
	return command
}

func (e *export) run(ctx context.Context, command *cobra.Command) (err error) {
	filter := url.Values{}
	for _, condition := range e.filter {
		more, err := url.ParseQuery(condition)
		if err != nil {
			return fmt.Errorf("--filter %q: %w", condition, err)
		}
		for name, values := range more {
			filter[name] = append(filter[name], values...)
		}
	}
	if filter.Has("format") || filter.Has("limit") {
		return errors.New("--filter must have conditions of the filter; format and limit are none")
	}
	if !filter.Has("to") {
		filter.Set("to", time.Now().UTC().Format(time.RFC3339Nano))
	}
	output := command.OutOrStdout()
	if e.output != "-" {
		file, err := os.OpenFile(e.output, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return fmt.Errorf("--output: %w", err)
		}
		defer func() { err = errors.Join(err, file.Close()) }()
		output = file
	}
	n, err := e.all(ctx, filter, output)
	fmt.Fprintf(command.ErrOrStderr(), "%d recordings exported\n", n)
	return err
}

// all writes page after page, each of what is older than the one before it.
func (e *export) all(ctx context.Context, filter url.Values, output io.Writer) (written int, err error) {
	out := bufio.NewWriter(output)
	defer func() { err = errors.Join(err, out.Flush()) }()
	filter.Set("format", "jsonl")
	filter.Set("limit", strconv.Itoa(e.page))
	// Those of the oldest time of a page come again with the next.
	known := map[uuid.UUID]bool{}
	for {
		page, err := e.write(ctx, filter, known, out)
		written += page.written
		if err != nil || page.read < e.page {
			return written, err
		}
		if page.written == 0 {
			return written, fmt.Errorf("more than %d recordings have the time %s: they cannot be told apart by time", e.page, page.oldest)
		}
		filter.Set("to", page.oldest)
		known = page.last
	}
}

type page struct {
	read, written int
	oldest        string
	// last are those of the oldest time.
	last map[uuid.UUID]bool
}

// stamp is what is read of a line. Its error is in the last one of an export that ended early.
type stamp struct {
	ID        uuid.UUID `json:"id"`
	Timestamp string    `json:"timestamp"`
	Error     string    `json:"error"`
}

func (e *export) write(ctx context.Context, filter url.Values, known map[uuid.UUID]bool, out *bufio.Writer) (page, error) {
	p := page{last: map[uuid.UUID]bool{}}
	response, err := e.to.send(ctx, http.MethodGet, "/recordings/export", filter, "", nil)
	if err != nil {
		return p, err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	lines.Buffer(make([]byte, 0, 64<<10), recording.MaxImportedLine)
	for lines.Scan() {
		line := lines.Bytes()
		var s stamp
		if err := json.Unmarshal(line, &s); err != nil {
			return p, fmt.Errorf("the export ended early, in a line that is no recording: %w", err)
		}
		if s.Error != "" || s.ID == uuid.Nil {
			return p, fmt.Errorf("the export ended early: %s", s.Error)
		}
		if p.read == 0 {
			p.oldest = s.Timestamp
		}
		p.read++
		if s.Timestamp == p.oldest {
			p.last[s.ID] = true
		}
		if known[s.ID] {
			continue
		}
		p.written++
		if _, err := out.Write(append(line, '\n')); err != nil {
			return p, err
		}
	}
	if err := lines.Err(); err != nil {
		return p, fmt.Errorf("the export ended early: %w", err)
	}
	return p, nil
}
