from automate.project.cli import main

main()
