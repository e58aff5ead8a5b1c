# s3cmd: made for another time, and still in use.
s3() { s3cmd --config s3cfg --no-progress "$@"; }
s3 mb s3://s3cmd-tour
printf 'hello' > hello.txt
s3 put hello.txt s3://s3cmd-tour/a/hello.txt
s3 ls s3://s3cmd-tour/a/
s3 get --force s3://s3cmd-tour/a/hello.txt got.txt
s3 del s3://s3cmd-tour/a/hello.txt
true
