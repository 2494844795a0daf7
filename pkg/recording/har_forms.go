package recording

import (
	"encoding/json"
	"time"
)

// The forms of HAR 1.2 (http://www.softwareishard.com/blog/har-12-spec/). Fields of ours begin with _, as it wants.
type (
	harEntry struct {
		Started         string        `json:"startedDateTime"`
		Time            float64       `json:"time"`
		Request         harRequest    `json:"request"`
		Response        harResponse   `json:"response"`
		Cache           struct{}      `json:"cache"`
		Timings         harTimings    `json:"timings"`
		ServerIPAddress string        `json:"serverIPAddress,omitempty"`
		Comment         string        `json:"comment,omitempty"`
		Messages        []harMessage  `json:"_webSocketMessages,omitempty"`
		MockForge       *harMockForge `json:"_mockforge"`
	}
	harRequest struct {
		Method string `json:"method"`
		URL    string `json:"url"`
		// Target is path and query as they were sent, where the URL cannot have them so.
		Target      Target       `json:"_target,omitempty"`
		HTTPVersion string       `json:"httpVersion"`
		Cookies     []harCookie  `json:"cookies"`
		Headers     []harHeader  `json:"headers"`
		QueryString []harPair    `json:"queryString"`
		PostData    *harPostData `json:"postData,omitempty"`
		HeadersSize int          `json:"headersSize"`
		BodySize    int64        `json:"bodySize"`
		Comment     string       `json:"comment,omitempty"`
	}
	harResponse struct {
		Status      int         `json:"status"`
		StatusText  string      `json:"statusText"`
		HTTPVersion string      `json:"httpVersion"`
		Cookies     []harCookie `json:"cookies"`
		Headers     []harHeader `json:"headers"`
		Content     harContent  `json:"content"`
		RedirectURL string      `json:"redirectURL"`
		HeadersSize int         `json:"headersSize"`
		BodySize    int64       `json:"bodySize"`
		Error       string      `json:"_error,omitempty"`
	}
	harPair struct{ Name, Value string }
	// harHeader has a value that is not UTF-8 as ISO 8859-1, and its bytes beside it.
	harHeader struct {
		Name  string `json:"name"`
		Value string `json:"value"`
		Bytes []byte `json:"_base64,omitempty"`
	}
	harCookie struct {
		Name     string     `json:"name"`
		Value    string     `json:"value"`
		Path     string     `json:"path,omitempty"`
		Domain   string     `json:"domain,omitempty"`
		Expires  *time.Time `json:"expires,omitempty"`
		HTTPOnly bool       `json:"httpOnly,omitempty"`
		Secure   bool       `json:"secure,omitempty"`
	}
	harParam struct {
		Name        string `json:"name"`
		Value       string `json:"value"`
		FileName    string `json:"fileName,omitempty"`
		ContentType string `json:"contentType,omitempty"`
	}

	harPostData struct {
		MimeType string     `json:"mimeType"`
		Params   []harParam `json:"params"`
		Text     string     `json:"text"`
		// Encoding is base64 for a body that is not text; HAR has it for responses only.
		Encoding string `json:"_encoding,omitempty"`
		Comment  string `json:"comment,omitempty"`
	}
	harContent struct {
		Size        int64  `json:"size"`
		Compression int64  `json:"compression,omitempty"`
		MimeType    string `json:"mimeType"`
		Text        string `json:"text,omitempty"`
		Encoding    string `json:"encoding,omitempty"`
		Comment     string `json:"comment,omitempty"`
	}
	harTimings struct {
		Send    float64 `json:"send"`
		Wait    float64 `json:"wait"`
		Receive float64 `json:"receive"`
	}
	// harMessage has the form that browsers give the messages of WebSockets.
	harMessage struct {
		Type   string  `json:"type"`
		Time   float64 `json:"time"`
		Opcode int     `json:"opcode"`
		Data   string  `json:"data"`
	}
	harMockForge struct {
		ID         string   `json:"id"`
		TraceID    string   `json:"trace_id,omitempty"`
		Protocol   Protocol `json:"protocol"`
		Gateway    string   `json:"gateway"`
		Consumer   string   `json:"consumer,omitempty"`
		Mode       string   `json:"scenario_mode"`
		Faults     []Fault  `json:"faults,omitempty"`
		GRPCStatus *int     `json:"grpc_status,omitempty"`
		Trailers   Values   `json:"response_trailers,omitempty"`
	}
)

func (p harPair) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"name": p.Name, "value": p.Value})
}
