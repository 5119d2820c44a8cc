from example_site.manage import main

main()
