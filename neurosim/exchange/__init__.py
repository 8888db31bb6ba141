"""What other simulators read and write: cards and networks in and out, and arrays as netlists.

    draft       a card in the making, with the source of every number and what was lost on the way
    aihwkit     devices of IBM's aihwkit, as JSON or as it prints them
    neurosim    numbers of Cell.cpp and Param.cpp of MLP NeuroSim and DNN+NeuroSim
    crosssim    CrossSim's tables of steps
    spice       an array as a netlist for ngspice
    nir         networks as graphs of the neuromorphic intermediate representation, and back
    checking    what a card assumes, lacks, and has beyond what is published
"""
