from automate.project.cli.app import main

main()
