from automate.cli import main

main()
