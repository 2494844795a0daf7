// Package report writes results of benchmarks and trials as Markdown.
package report

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/shirou/gopsutil/v4/cpu"
	"github.com/shirou/gopsutil/v4/load"
)

// Report is the Markdown that is written.
type Report struct{ text strings.Builder }

// New begins a report with a title and what is to be known of it.
func New(title, introduction string) *Report {
	r := &Report{}
	r.text.WriteString("# " + title + "\n\n")
	r.Paragraph(introduction)
	return r
}

// Circumstances returns the rows of a table that says when, where and with what the results were made. Figures about the load
// of the machine are of now.
func Circumstances() [][]string {
	processor := "unknown"
	if info, err := cpu.Info(); err == nil && len(info) > 0 && info[0].ModelName != "" {
		processor = info[0].ModelName
	}
	busy := "unknown"
	if average, err := load.Avg(); err == nil {
		busy = fmt.Sprintf("%.1f, %.1f, %.1f", average.Load1, average.Load5, average.Load15)
	}
	return [][]string{
		{"date", time.Now().UTC().Format("2006-01-02 15:04 UTC")},
		{"machine", fmt.Sprintf("%s/%s, %d cores, %s", runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor)},
		{"load before the run (1, 5, 15 minutes)", busy},
		{"Go", runtime.Version()},
	}
}

// Section begins one with a title and a text.
func (r *Report) Section(title, text string) {
	fmt.Fprintf(&r.text, "\n## %s\n\n", title)
	r.Paragraph(text)
}

// Paragraph adds a text.
func (r *Report) Paragraph(text string) { r.text.WriteString(text + "\n\n") }

// Break ends a table, so that another one may follow.
func (r *Report) Break() { r.text.WriteString("\n") }

// Table adds one. Without a head it adds rows to the one before.
func (r *Report) Table(head []string, rows [][]string) {
	if head != nil {
		r.row(head)
		r.row(slices.Repeat([]string{"---"}, len(head)))
	}
	for _, row := range rows {
		r.row(row)
	}
}

var cell = strings.NewReplacer("|", `\|`, "\n", " ")

func (r *Report) row(cells []string) {
	r.text.WriteString("|")
	for _, text := range cells {
		r.text.WriteString(" " + cell.Replace(text) + " |")
	}
	r.text.WriteString("\n")
}

// String returns the whole report.
func (r *Report) String() string { return r.text.String() }
