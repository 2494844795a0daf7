package recorder

import (
	"github.com/mockforge/mockforge-observability-app/pkg/recording"
)

// encode returns a recording as it waits on disk: JSON, which has no bytes that are not UTF-8. Where there are such, they
// become the characters that they are in ISO 8859-1, as they do in the database too; of headers their form keeps the bytes.
func encode(r recording.Recording) ([]byte, error) {
	for _, each := range []*string{&r.Method, &r.Host, &r.Path, &r.Route, &r.Operation, &r.Consumer, &r.Failure} {
		*each = recording.AsText(*each)
	}
	return recording.Marshal(&r)
}

func decode(record []byte) (recording.Recording, error) {
	r, err := recording.Unmarshal(record)
	if err != nil {
		return r, err
	}
	return r, r.CheckForms()
}
