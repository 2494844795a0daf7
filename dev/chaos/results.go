package main

import (
	"context"
	"fmt"
	"os/exec"
	"strings"

	"github.com/mockforge/mockforge-observability-app/dev/report"
)

// circumstances returns what is said at the head of the results.
func circumstances(ctx context.Context, collector, note string) [][]string {
	rows := report.Circumstances()
	for _, version := range []struct {
		of      string
		command []string
	}{
		{"Collector", []string{collector, "--version"}},
		{"revision", []string{"git", "describe", "--always", "--dirty"}},
	} {
		text := "unknown"
		if output, err := exec.CommandContext(ctx, version.command[0], version.command[1:]...).Output(); err == nil {
			text = strings.TrimSpace(string(output))
		}
		rows = append(rows, []string{version.of, text})
	}
	if note != "" {
		rows = append(rows, []string{"note", note})
	}
	return rows
}

// results returns the report.
func results(began [][]string, outcomes []outcome) string {
	r := report.New("Results of the chaos suite", "Written by `go tool mage chaos`; not to be edited. The built Collector and a real PostgreSQL "+
		"were put through each of these faults. *Lost* is what the promise does not account for, or says that it may be lost. Times and memory "+
		"are those of this machine; the bounds of memory are the product's.")
	for _, o := range outcomes {
		if o.postgres != "" {
			began = append(began, []string{"PostgreSQL", o.postgres})
			break
		}
	}
	r.Table([]string{"", ""}, append(began, []string{"outcome", total(outcomes)}))
	group := ""
	for _, o := range outcomes {
		if o.group != group {
			group = o.group
			r.Section(group, groups[group])
			r.Table([]string{"what is done", "promised", "seen", "lost", "held"}, nil)
		}
		r.Table(nil, [][]string{row(o)})
	}
	return r.String()
}

// groups say what is common to the trials of one.
var groups = map[string]string{
	"PostgreSQL": "Each exchange has an id of its own in its path. *Stored* is what the database has of them afterwards, *dropped* is what " +
		"`mockforge_recorder_dropped_total` says.",
	"Collector": "A spool is configured, as it should be in production.",
	"Spool":     "PostgreSQL is away while the spool fills, and back for the accounting.",
	"Stop":      "Two collectors share the database.",
	"Clients":   "Times of the load are those of one machine that client, gateway and upstream share.",
	"Smuggling": "The upstream notes each request that reaches it whole. Each probe has a connection of its own.",
	"Streams":   "Memory is the peak of what the process had resident (VmHWM), beside what it had before.",
	"Bombs":     "Memory as above; processor time is that of the Collector's process.",
	"Access":    "The control API and the metrics listen on loopback, without `auth`, as they do by default.",
}

func row(o outcome) []string {
	held := "yes"
	seen := strings.Join(o.seen, "; ")
	if !o.held() {
		held = "**no**"
		for _, each := range o.broken {
			seen += "; **" + each + "**"
		}
		if o.err != nil {
			seen += "; **no end: " + o.err.Error() + "**"
		}
	}
	return []string{"**" + o.name + "**: " + o.done, o.promised, strings.TrimPrefix(seen, "; "), o.lost, held}
}

// total says how many promises held.
func total(outcomes []outcome) string {
	held := 0
	for _, o := range outcomes {
		if o.held() {
			held++
		}
	}
	return fmt.Sprintf("%d of %d promises held", held, len(outcomes))
}
