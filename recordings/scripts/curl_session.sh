# curl signs by itself; it names the hash of a body since 8.0 only where it is told to.
b2() { curl -sS -K keys --aws-sigv4 aws:amz:us-west-004:s3 "$@"; }
URL=https://s3.us-west-004.backblazeb2.com
b2 $URL/
b2 -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" -X PUT $URL/curl-tour
b2 -H "x-amz-content-sha256: UNSIGNED-PAYLOAD" -T hello.txt $URL/curl-tour/hello.txt
b2 $URL/curl-tour/hello.txt
b2 "$URL/curl-tour?list-type=2&prefix=he"
b2 -X DELETE $URL/curl-tour/hello.txt
true
