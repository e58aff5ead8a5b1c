# The AWS CLI: its high-level commands, and one call by name.
b2() { aws --endpoint-url https://s3.us-west-004.backblazeb2.com "$@"; }
b2 s3 mb s3://cli-tour
printf 'hello' > hello.txt
b2 s3 cp --no-progress hello.txt s3://cli-tour/hello.txt
AWS_REQUEST_CHECKSUM_CALCULATION=when_required b2 s3 cp --no-progress hello.txt 's3://cli-tour/2026/hello world.txt'
b2 s3 ls s3://cli-tour/2026/
b2 s3api head-object --bucket cli-tour --key missing.txt
b2 s3 rm s3://cli-tour/hello.txt
true
