package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"

	"github.com/spf13/cobra"

	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// A request has at most batchLines recordings and batchBytes of them.
const (
	batchLines = 500
	batchBytes = 8 << 20
)

func importing(to *control) *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE",
		Short: "Store the recordings of a file with lines of JSON, - for standard input",
		Long: "Stores what export has written. Recordings that are there already stay as they are, so that an import that ended early is begun again. " +
			"The collector masks what its configuration says, as in all that it records.",
		Args: cobra.ExactArgs(1),
		RunE: func(command *cobra.Command, arguments []string) error {
			input := command.InOrStdin()
			if arguments[0] != "-" {
				file, err := os.Open(arguments[0])
				if err != nil {
					return err
				}
				defer file.Close()
				input = file
			}
			n, err := importAll(command.Context(), to, input)
			fmt.Fprintf(command.ErrOrStderr(), "%d recordings imported\n", n)
			return err
		},
	}
}

// importAll stores batch after batch, up to the first line that is no recording.
func importAll(ctx context.Context, to *control, input io.Reader) (stored int, err error) {
	var batch bytes.Buffer
	lines := 0
	send := func() error {
		if lines == 0 {
			return nil
		}
		response, err := to.send(ctx, http.MethodPost, "/recordings/import", nil, "application/jsonl", batch.Bytes())
		if err != nil {
			return err
		}
		stored += lines
		lines = 0
		batch.Reset()
		return response.Body.Close()
	}
	for r, wrong := range recording.ReadJSONLines(ctx, input) {
		if wrong != nil {
			// What is before it is stored all the same, so that it need not be sent again.
			if err := send(); err != nil {
				return stored, err
			}
			return stored, wrong
		}
		line, err := recording.Marshal(&r)
		if err != nil {
			return stored, err
		}
		if lines == batchLines || lines > 0 && batch.Len()+len(line) > batchBytes {
			if err := send(); err != nil {
				return stored, err
			}
		}
		batch.Write(line)
		batch.WriteByte('\n')
		lines++
	}
	return stored, send()
}
