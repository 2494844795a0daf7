package recording

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"
)

// Format is a form in which recordings leave the product.
type Format struct {
	// Name is what users choose by, such as har.
	Name string
	// MediaType and Extension are of the file.
	MediaType, Extension string
	// Organic reports whether the form tells how an API behaves by itself, so that what faults were injected into is left out
	// unless it is asked for.
	Organic bool
	// WithoutContents reports whether the form needs nothing of what Recording.Withhold takes out.
	WithoutContents bool
	// Write encodes recordings one by one as they come, and stops at the first error: of theirs or of the writer.
	Write func(io.Writer, iter.Seq2[Recording, error]) error
}

// Formats lists the formats, the richest first.
func Formats() []Format {
	return []Format{
		{Name: "har", MediaType: "application/json", Extension: "har", Write: WriteHAR},
		{Name: "jsonl", MediaType: "application/jsonl", Extension: "jsonl", Write: WriteJSONLines},
		{Name: "csv", MediaType: "text/csv; charset=utf-8", Extension: "csv", WithoutContents: true, Write: WriteCSV},
		{Name: "openapi", MediaType: "application/vnd.oai.openapi+json", Extension: "openapi.json", Organic: true, Write: WriteOpenAPI},
		{Name: "k6", MediaType: "text/javascript; charset=utf-8", Extension: "js", Write: WriteK6},
		{Name: "curl", MediaType: "application/x-sh", Extension: "sh", Write: WriteCurl},
		{Name: "mocks", MediaType: "application/yaml", Extension: "yaml", Organic: true, Write: WriteMocks},
	}
}

// WriteJSONLines writes one recording per line, whole, in the form of the API.
func WriteJSONLines(w io.Writer, recordings iter.Seq2[Recording, error]) error {
	buffer := bufio.NewWriter(w)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	for r, err := range recordings {
		if err != nil {
			return endAt(buffer, err)
		}
		if err := encoder.Encode(&r); err != nil {
			return fmt.Errorf("recording %s: %w", r.ID, err)
		}
	}
	return buffer.Flush()
}
